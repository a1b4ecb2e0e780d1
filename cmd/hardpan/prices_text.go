package main

import (
	"strconv"
	"strings"

	money "hardpan/internal/usage"
)

func (p *program) showPrices(list []modelPrice, form output) error {
	switch form {
	case asJSON:
		if list == nil {
			list = []modelPrice{}
		}
		return p.printJSON(struct {
			Prices []modelPrice `json:"prices"`
		}{list})
	case asSheet:
		rows := [][]string{{"model", "kinds", "input", "output", "cache_read", "cache_write", "cache_write_hour", "image", "second", "source", "date", "unverified", "own"}}
		for i := range list {
			rows = append(rows, list[i].row())
		}
		return p.printCSV(rows)
	}
	p.printPrices(list)
	return nil
}

// row is a price for a spreadsheet.
func (m *modelPrice) row() []string {
	return []string{
		m.Model, strings.Join(m.Kinds, " "), m.Input, m.Output, m.CacheRead, m.CacheWrite, m.CacheWriteHour, m.Image, m.Second,
		m.Source, m.Date, strconv.FormatBool(m.Unverified), strconv.FormatBool(m.Own),
	}
}

// key is what two prices have in common that are the same.
func (m *modelPrice) key() string { return strings.Join(m.row(), "\x00") + strconv.FormatBool(m.Known) }

func (p *program) printPrices(list []modelPrice) {
	st := p.stylesFor(p.out)
	rows := [][]string{{"MODEL", "CALLED", "INPUT", "OUTPUT", "CACHE READ", "CACHE WRITE", "FROM"}}
	holes := 0
	for i := range list {
		m := &list[i]
		kinds := strings.Join(m.Kinds, ", ")
		if len(m.Kinds) == len(money.ProfileKinds()) {
			kinds = "in any way"
		}
		if !m.Known {
			holes++
			rows = append(rows, []string{m.Model, kinds, st.bad.Render("unknown"), "", "", "", ""})
			continue
		}
		rows = append(rows, []string{m.Model, kinds, m.mark(m.Input), m.mark(m.Output), m.mark(m.CacheRead), m.mark(m.CacheWrite), m.from()})
	}
	st.table(rows)
	st.printf("\nUSD for a million tokens; ? is from memory and unverified.\n")
	if holes > 0 {
		st.paragraph(0, st.faint, "A call for an unknown price is counted without a cost, and refused under a budget in USD that blocks. Give the price in hardpan.yaml: hardpan prices --help")
	}
}

func (m *modelPrice) mark(rate string) string {
	switch {
	case rate == "":
		return "-"
	case m.Unverified:
		return rate + "?"
	}
	return rate
}

func (m *modelPrice) from() string {
	switch {
	case m.Own:
		return "hardpan.yaml, " + m.Date
	case m.Unverified:
		return "memory"
	}
	return m.Date
}
