"use strict";
/* Makes the columns of the tables sortable; without it the page lacks nothing else. */
(function () {
  function valueOf(body, column, isText) {
    const cell = body.rows[0].cells[column];
    const text = cell.dataset.value || cell.textContent.trim();
    return isText ? text.toLowerCase() : text === "" ? -1 : Number(text);
  }

  function sort(table, head, isText) {
    const rows = Array.from(table.tBodies).filter((body) => !body.classList.contains("others"));
    const others = table.querySelector("tbody.others");
    /* Texts begin with a, numbers with the largest. */
    const before = head.getAttribute("aria-sort");
    const up = before === null ? isText : before === "descending";
    const sorted = rows.map((body) => [valueOf(body, head.cellIndex, isText), body]);
    sorted.sort(([a], [b]) => (a === b ? 0 : (a < b) === up ? -1 : 1));
    table.append(...sorted.map(([, body]) => body));
    if (others !== null) {
      table.append(others);
    }
    for (const cell of head.parentElement.cells) {
      cell.removeAttribute("aria-sort");
    }
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
  }

  for (const table of document.querySelectorAll("table.groups")) {
    for (const head of table.tHead.rows[0].cells) {
      const isText = !head.classList.contains("n") && !head.classList.contains("t");
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, head, isText));
      head.append(button);
    }
    /* As it was written: most messages first. */
    table.tHead.rows[0].cells[0].setAttribute("aria-sort", "descending");
  }
})();
