// The rest of a long text, fetched from the kernel piece by piece.

function enhanceCut(cut, call) {
  const { ocmCut: ref } = cut.dataset;
  let shown = 0; // lines fetched so far
  const line = make("span", "ocm-quiet");
  line.setAttribute("role", "status");
  const more = button("Show more", "more", async () => {
    more.disabled = true;
    line.textContent = " waiting for the kernel";
    try {
      const piece = await call({ do: "more", ref, shown });
      const holder = make("div", "ocm-piece");
      holder.innerHTML = piece.html; // it has passed the sanitiser
      cut.before(holder);
      shown = piece.shown;
      line.textContent = piece.left ? ` ${piece.left}` : "";
      cut.firstChild.textContent = "";
      if (piece.left) more.disabled = false;
      else more.remove();
    } catch (error) {
      line.textContent = ` ${error.message}`;
      more.disabled = false;
    }
  });
  cut.append(" ", more, line);
}
