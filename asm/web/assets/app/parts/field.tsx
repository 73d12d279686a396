/** Label, hint, error, field, in that order. */
import type { ComponentChildren } from "preact";

interface FieldOptions {
  id: string;
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  children: ComponentChildren;
}

export function Field({ id, label, hint, error, children }: FieldOptions) {
  return (
    <div class={error ? "field wrong" : "field"}>
      <label for={id}>{label}</label>
      {hint && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {error && (
        <span class="err" id={`${id}-error`} role="alert">
          {error}
        </span>
      )}
      {children}
    </div>
  );
}

/** One of a few, each a target of its own. */
export function Picks<Value extends string | number>({
  legend,
  name,
  of,
  value,
  onPick,
}: {
  legend: string;
  name: string;
  of: [Value, string][];
  value: Value | null | undefined;
  onPick: (value: Value) => void;
}) {
  return (
    <fieldset class="stack">
      <legend>{legend}</legend>
      <div class="picks">
        {of.map(([key, label]) => (
          <label class="pick" key={key}>
            <input type="radio" name={name} checked={key === value} onChange={() => onPick(key)} />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
