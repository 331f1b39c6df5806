// Stands behind the outputs of this notebook while its kernel lives, and makes more of them than they
// are when saved: buttons to copy, two sides of a diff, the rest of a long text, a tree to walk in.
// What it adds is never saved, and nothing is missing without it.

const SCAN_MS = 120;
const CALL_MS = 60000;
const OURS = ":is(.ocm-static, .ocm-live)";

const ENHANCERS = [
  [`${OURS} pre`, (pre) => {
    if (pre.closest(".ocm-ask, .ocm-sides, summary")) return;
    const diff = pre.classList.contains("ocm-diff");
    toolBar(pre, diff ? [sidesButton(pre), copyButton(pre)] : [copyButton(pre)]);
  }],
  [`${OURS} [class*="ocm-cut-"]`, (cut, serve) => {
    if (cut.closest(".ocm-ask")) return; // its number is not that of a block
    const call = serve(cut);
    if (call) enhanceCut(cut, call);
    return Boolean(call);
  }],
  [`${OURS} .ocm-tree`, (tree, serve) => {
    const call = serve(tree);
    if (call) enhanceTree(tree, call);
    return Boolean(call);
  }],
  [`${OURS} .ocm-files`, enhanceFiles],
];

function initialize({ model }) {
  const key = model.get("key");
  const waiting = new Map();

  const call = (id, request) =>
    new Promise((resolve, reject) => {
      const nonce = random();
      const timer = setTimeout(() => answer(nonce, "The kernel does not answer. Is it busy?"), CALL_MS);
      waiting.set(nonce, { resolve, reject, timer });
      model.send({ k: "call", id, request, nonce });
    });

  function answer(nonce, error, reply) {
    const { resolve, reject, timer } = waiting.get(nonce) ?? {};
    if (!waiting.delete(nonce)) return;
    clearTimeout(timer);
    if (error) reject(new Error(error));
    else resolve(reply);
  }

  // Who answers for an element: the output it stands in, if that was made by this very kernel.
  function serve(element) {
    const host = element.closest(".ocm-host");
    const name = [...(host?.classList ?? [])].find((one) => one.startsWith("ocm-id-")) ?? "";
    const id = name.slice("ocm-id-".length);
    return id.startsWith(`${key}-`) ? (request) => call(id, request) : null;
  }

  // Only what is new is looked through: a page may hold a book, and change at every tick.
  const added = new Set([document.body]);
  const refused = new Map(); // elements that nobody served yet

  function scan() {
    timer = 0;
    const found = new Map([...refused].filter(([element]) => element.isConnected));
    for (const root of added) {
      if (!root.isConnected) continue;
      for (const [selector, enhance] of ENHANCERS) {
        const wanted = `${selector}:not([data-ocm-done])`;
        if (root.matches(wanted)) found.set(root, enhance);
        for (const element of root.querySelectorAll(wanted)) found.set(element, enhance);
      }
    }
    added.clear();
    refused.clear();
    for (const [element, enhance] of found) {
      if (enhance(element, serve) === false) refused.set(element, enhance);
      else element.dataset.ocmDone = "";
    }
  }

  let timer = 0;
  const observer = new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) if (node instanceof Element) added.add(node);
    if (added.size) timer ||= setTimeout(scan, SCAN_MS);
  });
  const onMessage = (message) => answer(message?.to, message?.error, message?.reply);

  model.on("msg:custom", onMessage);
  observer.observe(document.body, { childList: true, subtree: true });
  scan();

  return () => {
    observer.disconnect();
    clearTimeout(timer);
    model.off("msg:custom", onMessage);
    for (const nonce of [...waiting.keys()]) answer(nonce, "The kernel is gone. Run the cell again.");
  };
}

export default { initialize };
