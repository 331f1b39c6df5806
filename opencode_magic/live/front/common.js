// What several parts of the page are made of.

const random = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

const newId = () => `ocm-${random()}`;

// Let one element describe another, e.g. a button's consequences or a field's mistake.
function describe(element, by) {
  by.id ||= newId();
  element.setAttribute("aria-describedby", by.id);
}

// Open the folds an element stands in, all or those that may be.
function unfold(element, may = () => true) {
  for (let fold = element.closest("details"); fold; fold = fold.parentElement?.closest("details")) {
    if (fold.open || !may(fold)) continue;
    fold.open = true;
    fold.dataset.chosen = "open";
  }
}

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function button(words, kind, onClick) {
  const element = make("button", `ocm-button ocm-${kind}`, words);
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
}

// A line of text; Enter sends its form, which JupyterLab's own handling of the key would prevent.
function textField(label, placeholder) {
  const field = make("input", "ocm-field");
  field.type = "text";
  field.maxLength = 4000;
  field.placeholder = placeholder;
  field.setAttribute("aria-label", label);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    field.form.requestSubmit();
  });
  return field;
}

function seconds(total) {
  const whole = Math.max(0, Math.floor(total));
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
