// The trees of our outputs: a project's files, asked for in the kernel, and the files a turn changed,
// which are all on the page.

const asNode = ([id, name, kind, words, letter]) => ({ id, name, kind, words, letter });

// The static list stays until its successor is there; the two look alike.
async function enhanceTree(element, call) {
  const list = element.querySelector(":scope > ul");
  const label = element.querySelector(".ocm-file code")?.textContent ?? "files";
  const children = async (node, start) => {
    const { rows, left } = await call({ do: "list", id: node?.id ?? 0, start });
    return { nodes: rows.map(asNode), left };
  };
  const tree = new Tree(label, {
    children,
    find: async (text) => {
      const { rows, more } = await call({ do: "find", text });
      return { nodes: rows.map(asNode), more };
    },
    open: async (node) => {
      const { html, path } = await call({ do: "preview", id: node.id });
      const body = make("div");
      body.innerHTML = html; // it has passed the sanitiser
      node.path = path;
      return body;
    },
  });
  try {
    const first = await children(null, 0);
    tree.fill(tree.list, first.nodes, first.left);
  } catch {
    return; // what is there already goes on being there
  }
  if (list) list.hidden = true;
  element.append(tree.element);
}

const titleOf = (element) => element.querySelector(":scope > summary") ?? element;

function readFiles(element) {
  const holder = element.querySelector(":scope > blockquote > .ocm-children") ?? element;
  return [...holder.children].filter((one) => one.matches(".ocm-file, .ocm-folder")).map((one) => {
    const title = titleOf(one);
    const name = [...title.querySelectorAll("code")].map((code) => code.textContent).join(" → ");
    const words = title.textContent.slice(title.textContent.lastIndexOf(" (") + 2).replace(/\)$/, "");
    const kind = one.classList.contains("ocm-folder") ? "folder" : "file";
    return { name, kind, words: title.textContent.includes(" (") ? words : "", letter: "", element: one };
  });
}

function* eachFile(nodes, above = "") {
  for (const node of nodes) {
    if (node.kind === "folder") yield* eachFile(readFiles(node.element), above + node.name);
    else yield { ...node, path: above + node.name };
  }
}

function enhanceFiles(element) {
  if (!element.querySelector(":scope > .ocm-folder")) return; // a few files: they are a list
  const top = readFiles(element);
  const bodies = new Map();
  const tree = new Tree("changed files", {
    children: async (node) => ({ nodes: readFiles(node.element), left: 0 }),
    find: async (text) => {
      const words = text.toLowerCase().split(/\s+/);
      const hits = [...eachFile(top)].filter(({ path }) => words.every((word) => path.toLowerCase().includes(word)));
      return { nodes: hits.map((node) => ({ ...node, name: node.path })), more: false };
    },
    open: async (node) => {
      if (!bodies.has(node.element)) {
        const body = make("div");
        body.append(...[...node.element.childNodes].filter((one) => one.nodeName === "PRE" || one.nodeName === "DIV"));
        if (!body.childNodes.length) body.append(make("div", "ocm-notice", "There are no lines to show."));
        bodies.set(node.element, body);
      }
      return bodies.get(node.element);
    },
  });
  tree.fill(tree.list, top, 0);
  for (const old of element.querySelectorAll(":scope > :is(.ocm-file, .ocm-folder)")) old.hidden = true;
  element.querySelector(":scope > .ocm-notice")?.before(tree.element);
  if (!tree.element.isConnected) element.append(tree.element);
  for (const item of tree.items()) if (item.hasAttribute("aria-expanded")) tree.expand(item);
}
