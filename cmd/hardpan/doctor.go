package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"

	api "hardpan/internal/api/hardpan"
)

func newDoctor(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor [GATEWAY]",
		Short: "find what is wrong with tool gateways, before a client meets it",
		Long: `Looks at the tool gateways of a region, or at one that is named by its id, name
or ARN: roles that may not ask the policy engine, targets that failed, policies
that can never match or were refused, tools that nobody can call, and what
LOG_ONLY hides until it is taken away. It changes nothing, and needs the
permission hardpan:DiagnoseGateways.

The exit code is 0 if nothing is wrong, 1 if something is, and 2 if that could
not be found out.`,
		Example: `  hardpan doctor
  hardpan doctor my-gateway
  hardpan doctor --region eu-west-1 --output json`,
		Args: args(cobra.MaximumNArgs(1)),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "where the gateways are (or AWS_REGION; else "+defaultRegion+")")
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, named []string) error {
		d, err := p.examine(cmd.Context(), l, strings.Join(named, ""))
		if err != nil {
			return cannotTell(err)
		}
		if *form == asJSON {
			err = p.printJSON(d)
		} else {
			p.stylesFor(p.out).diagnosis(d)
		}
		if err == nil && len(d.Findings) > 0 {
			return failed("", "%s found", count(len(d.Findings), "problem"))
		}
		return err
	}
	return cmd
}

// cannotTell is the fault of a question that was not answered: status 2, as
// status 1 says that something was found.
func cannotTell(err error) error {
	next := ""
	if f, ok := errors.AsType[*fault](err); ok {
		next = f.next
	}
	return &fault{cause: err, next: next, code: exitUsage}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// examine asks the server what is wrong with one gateway, or with all.
func (p *program) examine(ctx context.Context, l place, named string) (*api.Diagnosis, error) {
	c, err := p.connect(ctx, l)
	if err != nil {
		return nil, err
	}
	query := url.Values{}
	if named != "" {
		g, err := c.findGateway(ctx, named)
		if err != nil {
			return nil, err
		}
		query.Set("gateway", g.ID)
	}
	d := new(api.Diagnosis)
	return d, c.explain("looking at the tool gateways in "+c.config.Region, c.call(ctx, http.MethodGet, "/diagnosis", query, nil, d))
}

// diagnosis prints what was found, each with what to do.
func (s *styles) diagnosis(d *api.Diagnosis) {
	if len(d.Findings) == 0 {
		s.printf("%s %s\n", s.mark(true), s.bold.Render(count(d.Gateways, "tool gateway")+" in "+d.Region+": nothing is wrong"))
		return
	}
	for i, f := range d.Findings {
		if i > 0 {
			s.printf("\n")
		}
		sign := s.mark(false)
		if f.Severity != "error" {
			sign = s.bold.Render("!")
		}
		s.printf("%s %s\n", sign, s.bold.Render(f.Rule+where(&f)))
		s.paragraph(4, lipgloss.NewStyle(), f.Message)
		if f.Next != "" {
			s.hanging("    next: ", lipgloss.NewStyle(), f.Next)
		}
		if f.Document != "" {
			s.printf("\n")
			s.block(4, s.value, f.Document)
		}
	}
}

// where says what a finding is about.
func where(f *api.Finding) string {
	text := ""
	for _, part := range [][2]string{{"gateway", f.Gateway}, {"target", f.Target}, {"engine", f.Engine}, {"policy", f.Policy}, {"action", f.Action}} {
		if part[1] != "" {
			text += ", " + part[0] + " " + part[1]
		}
	}
	if f.Line > 0 {
		text += fmt.Sprintf(", line %d, column %d", f.Line, f.Column)
	}
	return strings.Replace(text, ",", ":", 1)
}
