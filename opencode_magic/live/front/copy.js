// A button beside each piece of code, which copies it. Words on our buttons inside outputs come from
// the style sheet: they are no text of the output, so that selecting and copying it takes none along.

const COPIED_MS = 2000;

function toolButton(words, label, onClick) {
  const made = button("", "tool", onClick);
  made.dataset.words = words;
  made.setAttribute("aria-label", label);
  return made;
}

// A bar that stands above its element without taking room: showing it moves nothing.
function toolBar(element, buttons) {
  const bar = make("div", "ocm-tools");
  bar.append(...buttons);
  element.before(bar);
  return bar;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Only pages of https and of this machine have a clipboard.
    const field = make("textarea", "ocm-unseen");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

function copyButton(pre) {
  const made = toolButton("Copy", "Copy this text", async () => {
    await copyText((pre.querySelector("code") ?? pre).textContent);
    made.dataset.words = "Copied";
    made.setAttribute("aria-label", "Copied");
    setTimeout(() => {
      made.dataset.words = "Copy";
      made.setAttribute("aria-label", "Copy this text");
    }, COPIED_MS);
  });
  made.setAttribute("aria-live", "polite");
  return made;
}
