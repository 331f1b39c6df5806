// The old and the new text of a diff side by side, made here from the unified one: a line of the
// `pre` is a line of the diff, and a changed one is a single element of a class that says which.

const SIDE_ROWS = 200; // in one table: each is laid out only when it comes into sight

// The lines of a unified diff: [kind, nodes without the sign].
function diffLines(pre) {
  const lines = [];
  let current = [];
  const flush = () => {
    lines.push(current);
    current = [];
  };
  for (const node of pre.childNodes) {
    if (node.nodeType !== Node.TEXT_NODE) {
      current.push(node);
      continue;
    }
    node.data.split("\n").forEach((text, i) => {
      if (i) flush();
      if (text) current.push(document.createTextNode(text));
    });
  }
  flush();
  return lines.map((nodes) => {
    const kind = ["add", "del", "hunk"].find((name) => nodes[0]?.classList?.contains(`ocm-${name}`));
    const plain = nodes[0]?.textContent.startsWith(" ") ? "same" : "note";
    return [kind ?? plain, nodes];
  });
}

function sideCell(kind, nodes) {
  const cell = make("td", kind === "same" ? "" : `ocm-${kind}`);
  if (!nodes) return cell;
  const copy = nodes.map((node) => node.cloneNode(true));
  // The sign is the first character of whatever comes first; the side says the same.
  const walker = document.createTreeWalker(copy[0], NodeFilter.SHOW_TEXT);
  const first = copy[0].nodeType === Node.TEXT_NODE ? copy[0] : walker.nextNode();
  if (first) first.data = first.data.slice(1);
  for (const node of copy) cell.append(...(node.nodeType === Node.TEXT_NODE ? [node] : node.childNodes));
  return cell;
}

function sideRows(lines) {
  const rows = [];
  let gone = [];
  let come = [];
  const pair = () => {
    for (let i = 0; i < Math.max(gone.length, come.length); i++) {
      const row = make("tr");
      row.append(
        sideCell(gone[i] ? "del" : "same", gone[i]),
        sideCell(come[i] ? "add" : "same", come[i])
      );
      rows.push(row);
    }
    gone = [];
    come = [];
  };
  for (const [kind, nodes] of lines) {
    if (kind === "del") {
      if (come.length) pair();
      gone.push(nodes);
    } else if (kind === "add") come.push(nodes);
    else {
      pair();
      const row = make("tr");
      if (kind === "same") row.append(sideCell(kind, nodes), sideCell(kind, nodes));
      else {
        const cell = make("td", "ocm-hunk");
        cell.colSpan = 2;
        cell.append(...nodes.map((node) => node.cloneNode(true)));
        row.append(cell);
      }
      if (nodes.length) rows.push(row);
    }
  }
  pair();
  return rows;
}

function sideBySide(pre) {
  const box = make("div", "ocm-sides");
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "Old text left, new text right");
  const rows = sideRows(diffLines(pre));
  for (let i = 0; i < rows.length; i += SIDE_ROWS) {
    const table = make("table", "ocm-side");
    if (i === 0) {
      const head = make("thead");
      const row = make("tr");
      row.append(make("th", "", "before"), make("th", "", "after"));
      head.append(row);
      table.append(head);
    }
    const body = make("tbody");
    body.append(...rows.slice(i, i + SIDE_ROWS));
    table.append(body);
    box.append(table);
  }
  return box;
}

function sidesButton(pre) {
  let box = null;
  const made = toolButton("Side by side", "Show old and new side by side", () => {
    if (box) {
      box.remove();
      box = null;
    } else {
      box = sideBySide(pre);
      pre.after(box);
    }
    pre.hidden = box !== null;
    made.dataset.words = box ? "Unified" : "Side by side";
    made.setAttribute("aria-label", box ? "Show one text with all changes" : "Show old and new side by side");
  });
  return made;
}
