(function () {
  "use strict";
  document.documentElement.classList.add("js");
  var table = document.getElementById("communes");
  if (!table) return;
  var body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
  var told = document.getElementById("told"), words = document.getElementById("find"), state = document.getElementById("state");
  function plain(text) {
    return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d");
  }
  rows.forEach(function (row) { row.dataset.text = plain(row.cells[0].textContent + " " + row.dataset.code); });
  function filter() {
    var text = plain(words.value.trim()), kind = state.value, shown = 0;
    rows.forEach(function (row) {
      var fits = row.dataset.text.indexOf(text) >= 0 && (!kind || row.dataset.state === kind);
      row.hidden = !fits;
      if (fits) shown += 1;
    });
    told.textContent = shown + " trong " + rows.length + " xã";
  }
  words.addEventListener("input", filter);
  state.addEventListener("change", filter);
  table.tHead.addEventListener("click", function (event) {
    var button = event.target.closest("button");
    if (!button) return;
    var head = button.parentNode, column = head.cellIndex;
    var down = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") !== "descending" : head.dataset.first === "down";
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) { cell.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    rows.sort(function (a, b) {
      var x = a.cells[column].dataset.v, y = b.cells[column].dataset.v;
      var order = x === undefined ? a.cells[column].textContent.localeCompare(b.cells[column].textContent, "vi") : 0;
      if (x !== undefined) {
        if (x === "" || y === "") return (x === "") - (y === "") || a.dataset.code.localeCompare(b.dataset.code);
        order = x - y;
      }
      return (down ? -order : order) || a.dataset.code.localeCompare(b.dataset.code);
    });
    rows.forEach(function (row) { body.appendChild(row); });
  });
  filter();
})();
