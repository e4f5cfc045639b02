package report

import (
	"bytes"
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"xpt/internal/study"
)

// browse opens a page of the study's report in a real browser, over a server
// that notes what is asked for, and returns the document as its script left it.
func browse(t *testing.T, f *folder, fragment string) (dom string, requests []string) {
	t.Helper()
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		t.Skip("no chromium here: the page was not rendered")
	}
	var mutex sync.Mutex
	files := http.FileServer(http.Dir(Folder(f.dir)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		requests = append(requests, r.URL.Path)
		mutex.Unlock()
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 80*time.Second)
	defer cancel()
	var out, log bytes.Buffer
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(), "--enable-logging=stderr",
		"--disable-background-networking", "--disable-component-update", "--no-first-run", "--dump-dom", server.URL+"/"+fragment)
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Skipf("%s does not start here, the page was not rendered: %v", browser, err)
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "CONSOLE") {
			t.Errorf("the browser's console: %s", line)
		}
	}
	return out.String(), requests
}

func TestPageInBrowser(t *testing.T) {
	f := small(t)
	if err := save(f.dir); err != nil {
		t.Fatal(err)
	}
	dom, requests := browse(t, f, "#sort=xnli-scores,3,up")
	if !slices.Equal(requests, []string{"/"}) {
		t.Errorf("the page asked for %q, want itself alone", requests)
	}
	at := strings.Index(dom, `<table data-name="xnli-scores"`)
	if at < 0 {
		t.Fatalf("no table in %s", dom)
	}
	table, _, _ := strings.Cut(dom[at:], "</table>")
	body := regexp.MustCompile(`(?s)<tbody>.*</tbody>`).FindString(table)
	var order []string
	for _, m := range regexp.MustCompile(`<th scope="row"[^>]*>([^<]*)</th>`).FindAllStringSubmatch(body, -1) {
		order = append(order, m[1])
	}
	// Column 3 is full: 95 (en), 72 (de), 60 (fr), 32 (sw), 39 (yo).
	if !slices.Equal(order, []string{"sw", "yo", "fr", "de", "en"}) {
		t.Errorf("sorted by full, the smallest first: %v", order)
	}
	if !strings.Contains(table, `aria-sort="ascending"`) || strings.Count(table, `role="button"`) != 5 {
		t.Errorf("the script made no buttons or did not say how it sorted: %s", table)
	}
	if strings.Contains(dom, `<form class="tools" hidden`) {
		t.Error("the filter is hidden though the script runs")
	}
}

func TestPageStandsAlone(t *testing.T) {
	f := small(t)
	r := make1(t, f.dir)
	b, err := r.html()
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for _, m := range regexp.MustCompile(`(?:src|href|url|action)\s*[=(]\s*["']?([^"'\s>)]*)`).FindAllStringSubmatch(page, -1) {
		if strings.Contains(m[1], "//") {
			t.Errorf("the page loads or leads to %s", m[1])
		}
	}
	for _, want := range []string{"default-src 'none'", `<html lang="en">`, "viewport", "<caption>", `scope="col"`, `role="img" aria-label="xnli`, "<text", `id="run-xnli-full-2"`,
		`href="../cells/xnli-full-2.json"`, `title="percent, from runs/xnli-prefix-1, runs/xnli-prefix-2"`, `href="#run-xnli-prefix-1"`,
		`>seed 1</a>`, `title="German"`, `class="n h h8"`, `<small>(5 rows)</small>`, "the same scale in all tables"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

// A click copies what the files of the table hold.
func TestCopiesAreTheFiles(t *testing.T) {
	before := pageScript
	defer func() { pageScript = before }()
	pageScript += `
		navigator.clipboard.writeText = function (text) {
			var copy = document.createElement('pre');
			copy.className = 'copied';
			copy.textContent = text;
			document.body.appendChild(copy);
			return Promise.resolve();
		};
		document.querySelectorAll('.copy button').forEach(function (b) { b.click(); });`
	f := graded(t)
	f.study.Title, f.study.Methods = hostile, append(f.study.Methods, hostile)
	f.study.Cells = append(f.study.Cells, study.Cell{Task: "xnli", Method: hostile, Seed: 1})
	f.write("study.json", f.study)
	if err := save(f.dir); err != nil {
		t.Fatal(err)
	}
	dom, _ := browse(t, f, "")
	var got []string
	for _, m := range regexp.MustCompile(`(?s)<pre class="copied">(.*?)</pre>`).FindAllStringSubmatch(dom, -1) {
		got = append(got, strings.ReplaceAll(html.UnescapeString(m[1]), "\u00a0", " "))
	}
	var want []string
	r := make1(t, f.dir)
	for _, m := range regexp.MustCompile(`<table data-name="([^"]*)"`).FindAllStringSubmatch(dom, -1) {
		table := r.table(t, m[1])
		want = append(want, string(table.latex()), string(table.markdown()))
	}
	if len(got) != len(want) || len(got) < 10 {
		t.Fatalf("%d copies of %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("copied\n%s\nwant\n%s", got[i], want[i])
		}
	}
}
