// A click on a column's title sorts the table by it: down at first for numbers, up for words, then the other way.
for (const table of document.querySelectorAll("table")) {
  const titles = [...table.querySelectorAll("th")];
  titles.forEach((title, place) => title.querySelector("button").addEventListener("click", () => {
    const body = table.tBodies[0];
    const keys = new Map([...body.rows].map((row) => [row, row.cells[place].dataset.value]));
    const words = title.dataset.kind === "words";
    const first = words ? "ascending" : "descending";
    const second = words ? "descending" : "ascending";
    const order = title.getAttribute("aria-sort") === first ? second : first;
    const sign = order === "ascending" ? 1 : -1;
    const compared = (a, b) => {
      if (a === "" || b === "") return (a === "") - (b === "");  // what has no value stays at the end
      return sign * (words ? a.localeCompare(b) : Number(a) - Number(b));
    };
    titles.forEach((other) => other.removeAttribute("aria-sort"));
    title.setAttribute("aria-sort", order);
    body.append(...[...body.rows].sort((a, b) => compared(keys.get(a), keys.get(b))));
  }));
}
