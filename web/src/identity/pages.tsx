/** Register and log in. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../delivery/problem.ts";
import { go } from "../router.ts";
import { text } from "../text.ts";
import { Button, Field, Notice } from "../ui/controls.tsx";
import { Shell } from "../ui/shell.tsx";
import { logIn, register, user } from "./session.ts";

const words = text.identity;

function useSubmit(work: () => Promise<void>, next: string) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const signedIn = Boolean(user.value);
  useEffect(() => {
    if (signedIn) go(next, "replace");
  }, [signedIn, next]);
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      setProblem(error instanceof Problem ? error : new Problem({ title: text.errors.unexpected }));
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, onSubmit };
}

function Card({
  title,
  children,
  foot,
}: {
  title: string;
  children: ComponentChildren;
  foot: ComponentChildren;
}) {
  return (
    <Shell narrow>
      <section class="card form-card">
        <h1>{title}</h1>
        {children}
        <p class="form-foot">{foot}</p>
      </section>
    </Shell>
  );
}

export function LogInPage({ next }: { next: string }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { busy, problem, onSubmit } = useSubmit(() => logIn(email.trim(), password), next);
  return (
    <Card
      title={words.logInTitle}
      foot={
        <>
          {words.noAccount} <a href={`/register?next=${encodeURIComponent(next)}`}>{words.register}</a>
        </>
      }
    >
      <form onSubmit={onSubmit}>
        {problem && <Notice tone="error">{logInProblem(problem)}</Notice>}
        <Field
          first
          label={words.email}
          type="email"
          name="email"
          autoComplete="username"
          required
          value={email}
          onInput={(e) => setEmail(e.currentTarget.value)}
        />
        <Field
          label={words.password}
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onInput={(e) => setPassword(e.currentTarget.value)}
        />
        <Button tone="primary" type="submit" busy={busy} class="wide">
          {words.logIn}
        </Button>
      </form>
    </Card>
  );
}

export function RegisterPage({ next }: { next: string }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { busy, problem, onSubmit } = useSubmit(() => register(email.trim(), password, name.trim()), next);
  return (
    <Card
      title={words.registerTitle}
      foot={
        <>
          {words.haveAccount} <a href={`/login?next=${encodeURIComponent(next)}`}>{words.logIn}</a>
        </>
      }
    >
      <form onSubmit={onSubmit}>
        {problem && problem.errors.length === 0 && (
          <Notice tone="error">{problem.detail || problem.message}</Notice>
        )}
        <Field
          first
          label={words.name}
          name="name"
          autoComplete="name"
          required
          maxLength={80}
          value={name}
          error={problem?.about("display_name")}
          onInput={(e) => setName(e.currentTarget.value)}
        />
        <Field
          label={words.email}
          type="email"
          name="email"
          autoComplete="username"
          required
          value={email}
          error={problem?.about("email")}
          onInput={(e) => setEmail(e.currentTarget.value)}
        />
        <Field
          label={words.password}
          type="password"
          name="new-password"
          autoComplete="new-password"
          required
          minLength={10}
          hint={words.passwordHint}
          value={password}
          error={problem?.about("password")}
          onInput={(e) => setPassword(e.currentTarget.value)}
        />
        <Button tone="primary" type="submit" busy={busy} class="wide">
          {words.register}
        </Button>
      </form>
    </Card>
  );
}

function logInProblem(problem: Problem): string {
  if (problem.status === 401) return words.wrong;
  if (problem.status === 429) return text.errors.slowDown(problem.retryAfter);
  return problem.detail || problem.message;
}
