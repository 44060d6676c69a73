"use strict";
/*
 * Sorts columns, filters rows, copies identities and commands. The page shows all it has to show without
 * this script.
 */
(function () {
  function valueOf(body, column, isText) {
    const cell = body.rows[0].cells[column];
    /* If the cell says more than its value, the value is in a bdi element. */
    const text = cell.dataset.value || (cell.querySelector("bdi") || cell).textContent.trim();
    return isText ? text.toLowerCase() : text === "" ? -Infinity : Number(text);
  }

  function sort(table, head, isText) {
    const rows = Array.from(table.tBodies).filter((body) => !body.classList.contains("others"));
    const others = table.querySelector("tbody.others");
    /* The first click sorts texts upwards and numbers downwards. */
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

  function makeButton(className, name) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = className;
    button.textContent = name;
    return button;
  }

  function makeSortable(table) {
    for (const head of table.tHead.rows[0].cells) {
      const isText = !head.classList.contains("n") && !head.classList.contains("t");
      const button = makeButton("sort", "");
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, head, isText));
      head.append(button);
    }
    /* The table was written in this order, unless it says another one. */
    if (table.dataset.order === undefined) {
      table.tHead.rows[0].cells[0].setAttribute("aria-sort", "descending");
    }
  }

  /* Selects the text, so that Ctrl-C works where a page may not write to the clipboard. */
  function mark(element) {
    const selection = getSelection();
    selection.removeAllRanges();
    selection.selectAllChildren(element);
  }

  async function copy(button, element) {
    let state = "done";
    try {
      await navigator.clipboard.writeText(element.textContent);
    } catch (error) {
      mark(element);
      state = document.execCommand("copy") ? "done" : "marked";
    }
    button.classList.add(state);
    setTimeout(() => button.classList.remove(state), 1500);
  }

  /* The button has no text, which would be filtered and copied with the identity. */
  function addCopyButton(element, title) {
    if (element === null) {
      return;
    }
    const button = makeButton("copy", "");
    button.title = title;
    button.setAttribute("aria-label", `Copy ${element.textContent}`);
    button.addEventListener("click", () => copy(button, element));
    element.after(button);
  }

  const tables = Array.from(document.querySelectorAll("table.groups"));
  const bodies = tables.flatMap((table) => Array.from(table.tBodies))
    .filter((body) => !body.classList.contains("others"));
  const texts = new Map();
  const search = document.createElement("input");
  const found = document.createElement("output");

  /* The text of each row is collected once. */
  function textOf(body) {
    if (!texts.has(body)) {
      texts.set(body, body.textContent.toLowerCase());
    }
    return texts.get(body);
  }

  function filter() {
    const wanted = search.value.trim().toLowerCase();
    let shown = 0;
    for (const body of bodies) {
      body.hidden = !textOf(body).includes(wanted);
      shown += body.hidden ? 0 : 1;
    }
    found.textContent = wanted === "" ? ""
      : `${shown} of ${bodies.length} rows have “${search.value.trim()}”`;
  }

  function addFilter() {
    const tools = document.createElement("p");
    const label = document.createElement("label");
    tools.className = "tools";
    search.type = "search";
    search.autocomplete = "off";
    search.spellcheck = false;
    search.placeholder = "identity, script, address, subject";
    search.addEventListener("input", filter);
    label.append("Filter rows", search);
    tools.append(label, found);
    tables[0].closest("section").before(tools);
  }

  /* Shows the row that a link leads to, and opens its samples. */
  function openTarget() {
    const target = document.getElementById(location.hash.slice(1));
    if (target === null || target.tagName !== "TBODY") {
      return;
    }
    if (target.hidden) {
      search.value = "";
      filter();
      target.scrollIntoView();
    }
    const details = target.querySelector("details");
    if (details !== null) {
      details.open = true;
    }
  }

  if (tables.length === 0) {
    return;
  }
  tables.forEach(makeSortable);
  addFilter();
  for (const body of document.querySelectorAll("tbody[id^=identity-]")) {
    addCopyButton(body.rows[0].querySelector("th > bdi"), "Copy the identity");
    addCopyButton(body.querySelector(".lock code"), "Copy the command");
  }
  addEventListener("hashchange", openTarget);
  openTarget();
})();
