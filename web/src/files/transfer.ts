/** Bytes to the store. XMLHttpRequest and not fetch, which tells nothing of how far an upload is. */

import type { Upload } from "./api.ts";

export interface Transfer {
  done: Promise<void>;
  stop(): void;
}

export function transfer(upload: Upload, body: Blob, onProgress: (part: number) => void): Transfer {
  const request = new XMLHttpRequest();
  const done = new Promise<void>((resolve, reject) => {
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () =>
      request.status < 300 ? resolve() : reject(new Error(`the store answered ${request.status}`));
    request.onerror = () => reject(new Error("the store cannot be reached"));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
  });
  request.open(upload.method, upload.url);
  for (const [name, value] of Object.entries(upload.headers)) request.setRequestHeader(name, value);
  request.send(body);
  return { done, stop: () => request.abort() };
}
