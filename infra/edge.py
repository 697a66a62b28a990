"""What the edge does and says: the site's headers, which path is which file, who the viewer is."""

PERMISSIONS = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), geolocation=()"

# CloudFront function on the static behaviour only, so that the API's own 404s stay 404s.
# The build puts files at the root and in /assets; every other path is a page of the client's router.
SINGLE_PAGE = """\
function handler(event) {
  var request = event.request;
  var isFile = request.uri.indexOf('/assets/') === 0 || /^\\/[^\\/]+\\.[A-Za-z0-9]+$/.test(request.uri);
  if (!isFile) { request.uri = '/index.html'; }
  return request;
}
"""

# CloudFront function on both APIs: the address that rate limits and audits go by.
NAME_VIEWER = """\
function handler(event) {
  event.request.headers['x-convoke-viewer'] = { value: event.viewer.ip };
  return event.request;
}
"""


def content_security_policy(files_origin: str, socket_origin: str | None) -> str:
    """Everything from the one origin; `blob:` for media the page makes itself; files from their bucket.

    `'self'` covers its WebSocket too where CSP 3 is known; an origin known at synth is named for the others.
    """
    connect = " ".join(filter(None, ("'self'", files_origin, socket_origin)))
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: blob: {files_origin}",
            "font-src 'self'",
            f"connect-src {connect}",
            f"media-src 'self' blob: mediastream: {files_origin}",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )
