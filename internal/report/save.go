package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"xpt/checkpoints"
	"xpt/internal/jsonfile"
	"xpt/internal/regular"
	"xpt/internal/usererror"
)

// A report folder holds
//
//	index.html     the page
//	report.json    the Report
//	report.md      answers and tables
//	tables/NAME.*  each table as csv, json, md and tex
//
// Files are replaced atomically. Tables that only an earlier report had are removed.

// Save writes the report of the folder dir of a study or run.
func (r *Report) Save(dir string) error {
	folder := Folder(dir)
	earlier, err := readEarlier(folder)
	if err != nil {
		return err
	}
	tables := filepath.Join(folder, "tables")
	if err := os.MkdirAll(tables, 0o777); err != nil {
		return err
	}
	whole, err := indented(r)
	if err != nil {
		return err
	}
	page, err := r.html()
	if err != nil {
		return err
	}
	files := map[string][]byte{
		filepath.Join(folder, Page):        page,
		filepath.Join(folder, "report.md"): r.markdown(),
	}
	for _, t := range r.Tables {
		one, err := indented(t)
		if err != nil {
			return err
		}
		path := filepath.Join(tables, t.Name)
		files[path+".csv"], files[path+".json"], files[path+".md"], files[path+".tex"] = t.csv(), one, t.markdown(), t.latex()
	}
	if err := earlier.removeTables(tables, files); err != nil {
		return err
	}
	// First report.json, which marks the folder as a report's: a run that is interrupted here can be repeated.
	if err := checkpoints.WriteFile(filepath.Join(folder, reportFile), whole); err != nil {
		return err
	}
	for path, b := range files {
		if err := checkpoints.WriteFile(path, b); err != nil {
			return err
		}
	}
	return nil
}

// reportFile holds the Report as JSON.
const reportFile = "report.json"

// largestReport limits the bytes of an earlier report.
const largestReport = 256 << 20

// earlier are the names of the tables of an earlier report.
type earlier []string

// readEarlier reads the earlier report. It refuses a folder whose page xpt report did not write.
func readEarlier(folder string) (earlier, error) {
	var r struct {
		Tables []struct {
			Name string `json:"name"`
		} `json:"tables"`
	}
	text, err := regular.ReadFile(filepath.Join(folder, reportFile), largestReport)
	if err == nil {
		err = jsonfile.Unmarshal(text, &r)
	}
	if err != nil {
		for _, name := range []string{Page, "report.md", reportFile} {
			if _, there := os.Lstat(filepath.Join(folder, name)); there == nil {
				return nil, usererror.Errorf("%s was not written by xpt report (%w): move it away", filepath.Join(folder, name), err)
			}
		}
		return nil, nil
	}
	var names earlier
	for _, t := range r.Tables {
		names = append(names, t.Name)
	}
	return names, nil
}

// removeTables removes the tables that are not among files.
func (e earlier) removeTables(folder string, files map[string][]byte) error {
	for _, name := range e {
		for _, ext := range []string{".csv", ".json", ".md", ".tex"} {
			path := filepath.Join(folder, filepath.Base(name)+ext)
			if _, ours := files[path]; ours {
				continue
			}
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

func indented(value any) ([]byte, error) {
	b, err := json.MarshalIndent(value, "", " ")
	return append(b, '\n'), err
}

// asText puts a quote before text that a spreadsheet would read as a formula.
func asText(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	return "'" + cell
}

// csv has a column for each field, with ten digits. Failed and missing cells have their status in the first field, and one value has no
// standard deviation.
func (t *Table) csv() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	var head []string
	for _, c := range t.Columns {
		if c.Fields == nil {
			head = append(head, c.Name)
		}
		for _, field := range c.Fields {
			if field == "" {
				head = append(head, c.header())
			} else {
				head = append(head, c.Name+" "+field)
			}
		}
	}
	write := func(record []string) {
		for i := range record {
			record[i] = asText(record[i])
		}
		w.Write(record) // a buffer returns no error
	}
	write(head)
	for _, row := range slices.Concat(t.Rows, t.Foot) {
		var record []string
		for i, c := range t.Columns {
			if c.Fields == nil {
				record = append(record, row[i].Text)
				continue
			}
			for k, field := range c.Fields {
				value := ""
				switch values := row[i].Values; {
				case field == "sd" && k+1 < len(values) && values[k+1] < 2:
				case k < len(values):
					value = strconv.FormatFloat(row[i].Values[k], 'g', 10, 64)
				case k == 0 && row[i].Status != "":
					value = row[i].Text
				}
				record = append(record, value)
			}
		}
		write(record)
	}
	w.Flush()
	return b.Bytes()
}
