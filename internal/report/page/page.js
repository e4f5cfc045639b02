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
      var button = document.createElement('span'); // browsers do not print a real one in the heads that they repeat
      button.setAttribute('role', 'button');
      button.tabIndex = 0;
      while (th.firstChild) button.appendChild(th.firstChild);
      th.appendChild(button);
      button.addEventListener('keydown', function (e) {
        if (e.key !== 'Enter' && e.key !== ' ') return;
        e.preventDefault();
        button.click();
      });
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

  // Copies are those of the files tables/NAME.tex and NAME.md, of the rows as they are sorted and filtered.
  var latexSigns = { '\\': '\\textbackslash{}', '{': '\\{', '}': '\\}', '&': '\\&', '%': '\\%', '$': '\\$', '#': '\\#', '_': '\\_',
    '~': '\\textasciitilde{}', '^': '\\textasciicircum{}', '<': '\\textless{}', '>': '\\textgreater{}', '|': '\\textbar{}',
    '"': '\\textquotedbl{}', '−': '$-$', '±': '$\\pm$', '–': '--', '[': '{[}', ']': '{]}' };
  function latexText(s) { return s.replace(/[\\{}&%$#_~^<>|"−±–[\]]/g, function (c) { return latexSigns[c]; }); }
  function markdownText(s) {
    return s.replace(/[\\|`*_#]/g, '\\$&').replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\]\(/g, ']\\(');
  }

  // parts are a cell's text and the smaller one beside it.
  function parts(cell) {
    var small = cell.querySelector('small'), text = cell.textContent;
    [small, cell.querySelector('.extra')].forEach(function (part) {
      if (part) text = text.slice(0, -part.textContent.length).trimEnd();
    });
    return { text: text.trim(), aside: small ? small.textContent : '' };
  }
  function rowsOf(part) {
    return part ? all('tr:not(.out):not(.off):not(.links)', part).map(function (row) { return Array.prototype.map.call(row.cells, parts); }) : [];
  }
  function content(table) {
    var note = table.closest('.table').querySelector('.note');
    return { title: table.caption.textContent, note: note ? note.textContent : '', name: table.getAttribute('data-name'),
      head: all('thead th', table), body: rowsOf(table.tBodies[0]), foot: rowsOf(table.tFoot) };
  }

  function latex(t) {
    function line(row) {
      return row.map(function (c) { return latexText(c.text) + (c.aside && ' {\\scriptsize ' + latexText(c.aside) + '}'); }).join(' & ') + ' \\\\\n';
    }
    return '\\begin{table}\n\\caption{' + latexText(t.title) + '. ' + latexText(t.note) + '}\n\\label{tab:' + t.name + '}\n\\centering\n\\begin{tabular}{' +
      t.head.map(function (th) { return th.classList.contains('n') ? 'r' : 'l'; }).join('') + '}\n\\toprule\n' +
      line(t.head.map(parts)) + '\\midrule\n' + t.body.map(line).join('') + (t.foot.length && t.body.length ? '\\midrule\n' : '') +
      t.foot.map(line).join('') + '\\bottomrule\n\\end{tabular}\n\\end{table}\n';
  }

  function markdown(t) {
    function line(row) { return row.map(function (c) { return '| ' + markdownText(c.text + (c.aside && ' ' + c.aside)) + ' '; }).join('') + '|\n'; }
    return '### ' + markdownText(t.title) + '\n\n' + line(t.head.map(parts)) +
      t.head.map(function (th) { return th.classList.contains('n') ? '|---:' : '|---'; }).join('') + '|\n' +
      t.body.concat(t.foot).map(line).join('') + (t.note && '\n' + markdownText(t.note) + '\n');
  }

  // Pages that are not opened from a file or over https have no clipboard but that of a selection.
  function toClipboard(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    var area = document.createElement('textarea');
    area.value = text;
    document.body.appendChild(area);
    area.select();
    var done = document.execCommand('copy');
    area.remove();
    return done ? Promise.resolve() : Promise.reject();
  }

  tables.forEach(function (table) {
    var bar = document.createElement('span');
    bar.className = 'copy';
    bar.textContent = 'Copy ';
    [['LaTeX', latex], ['Markdown', markdown]].forEach(function (format) {
      var button = document.createElement('button');
      button.type = 'button';
      button.textContent = format[0];
      button.addEventListener('click', function () {
        function say(text) {
          button.textContent = text;
          setTimeout(function () { button.textContent = format[0]; }, 1500);
        }
        toClipboard(format[1](content(table))).then(function () { say('copied'); }, function () { say('not allowed here'); });
      });
      bar.appendChild(button);
      bar.appendChild(document.createTextNode(' '));
    });
    table.closest('.scroll').appendChild(bar);
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
