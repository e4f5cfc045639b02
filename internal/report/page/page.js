(function () {
  'use strict';
  var all = function (selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); };

  function key(row, column) {
    var cell = row.cells[column], value = cell.getAttribute('data-v');
    return value === null ? cell.textContent.trim() : Number(value);
  }

  // Numbers come before texts such as "failed", whatever the direction.
  function sort(table, column, descending) {
    var sign = descending ? -1 : 1;
    var rows = all('tr', table.tBodies[0]).map(function (row, at) { return { row: row, at: at, key: key(row, column) }; });
    rows.sort(function (a, b) {
      var an = typeof a.key === 'number', bn = typeof b.key === 'number';
      if (an !== bn) return an ? -1 : 1;
      var order = an ? a.key - b.key : a.key.localeCompare(b.key, undefined, { numeric: true });
      return sign * order || a.at - b.at;
    });
    rows.forEach(function (r) { table.tBodies[0].appendChild(r.row); });
    all('thead th', table).forEach(function (th, i) {
      if (i === column) th.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      else th.removeAttribute('aria-sort');
    });
  }

  var tables = all('table[data-name]');
  tables.forEach(function (table) {
    all('thead th', table).forEach(function (th, column) {
      var button = document.createElement('button');
      button.type = 'button';
      while (th.firstChild) button.appendChild(th.firstChild);
      th.appendChild(button);
      button.addEventListener('click', function () {
        var state = th.getAttribute('aria-sort');
        var descending = state ? state === 'ascending' : th.classList.contains('n');
        sort(table, column, descending);
        try {
          history.replaceState(null, '', '#sort=' + [table.getAttribute('data-name'), column, descending ? 'down' : 'up'].join(','));
        } catch (e) { /* a page opened from a file may not be allowed to */ }
      });
    });
  });

  // open unfolds what a link leads to, or sorts as a shared link says.
  function open() {
    var hash = decodeURIComponent(location.hash.slice(1)), wish = /^sort=([^,]+),(\d+),(up|down)$/.exec(hash);
    var target = null;
    if (wish) {
      tables.forEach(function (table) {
        if (table.getAttribute('data-name') !== wish[1] || !table.tHead.rows[0].cells[wish[2]]) return;
        sort(table, Number(wish[2]), wish[3] === 'down');
        target = table;
      });
    } else if (hash) target = document.getElementById(hash);
    for (var e = target; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true;
    if (target && wish) target.scrollIntoView();
  }

  var filter = document.getElementById('filter');
  function apply() {
    var words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    all('tbody tr').forEach(function (row) {
      var text = all('th, td:not(.n)', row).map(function (c) { return c.textContent; }).join(' ').toLowerCase();
      row.classList.toggle('out', !words.every(function (w) { return text.indexOf(w) >= 0; }));
    });
  }
  filter.addEventListener('input', apply);
  filter.form.addEventListener('submit', function (e) { e.preventDefault(); });

  all('input[data-show]').forEach(function (box) {
    box.addEventListener('change', function () {
      all('[data-task]').forEach(function (e) {
        if (e.getAttribute('data-task') === box.getAttribute('data-show')) e.classList.toggle('off', !box.checked);
      });
    });
  });

  var folded = [];
  addEventListener('beforeprint', function () {
    folded = all('details:not([open])');
    folded.forEach(function (d) { d.open = true; });
  });
  addEventListener('afterprint', function () { folded.forEach(function (d) { d.open = false; }); });
  addEventListener('hashchange', open);
  filter.form.hidden = false;
  open();
})();
