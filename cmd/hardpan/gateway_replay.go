package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/aws/smithy-go/encoding/httpbinding"
	"github.com/spf13/cobra"

	api "hardpan/internal/api/hardpan"
)

func newGatewayReplay(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replay GATEWAY",
		Short: "rehearse policies: which recorded decisions would be others?",
		Long: `Decides again what a tool gateway decided, by other policies, and lists each
decision that would be another. The policies are those of a folder (*.cedar, a
statement a file), of an engine, or else of the gateway's own engine as they are
now. Nothing is changed, and no tool is called.

Arguments of calls are recorded only with agentcore.record_inputs in
hardpan.yaml. Without them a call is decided for some arguments, which tells
less, and each line says so. It needs the permission hardpan:ReplayGateway, and
with --engine also bedrock-agentcore:ListPolicies.

The exit code is 0 if nothing would be decided otherwise, 1 if something would,
and 2 if that could not be found out.`,
		Example: `  hardpan gateway replay my-gateway --policies ./cedar
  hardpan gateway replay my-gateway --engine NextEngine --since 7d
  hardpan gateway replay my-gateway --since 2026-11-01 --output json`,
		Args: args(cobra.ExactArgs(1)),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "where the gateway is (or AWS_REGION; else "+defaultRegion+")")
	since := cmd.Flags().String("since", "24h", "from when on: a span as 24h or 7d, a date, or a time of RFC 3339")
	folder := cmd.Flags().String("policies", "", "decide by the *.cedar files of this folder")
	engine := cmd.Flags().String("engine", "", "decide by the policies of this engine: its id, name or ARN")
	_ = cmd.MarkFlagDirname("policies")
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, named []string) error {
		if *folder != "" && *engine != "" {
			return usage(cmd, "say either --policies or --engine")
		}
		from, err := sinceTime(*since, time.Now())
		if err != nil {
			return usage(cmd, "--since: %v", err)
		}
		r, err := p.rehearse(cmd.Context(), l, named[0], *folder, *engine, from)
		if err != nil {
			return cannotTell(err)
		}
		if *form == asJSON {
			err = p.printJSON(r)
		} else {
			p.stylesFor(p.out).replayed(r)
		}
		if n := len(r.Flips) + r.Omitted; err == nil && n > 0 {
			return failed("", "%s would be others", count(n, "decision"))
		}
		return err
	}
	return cmd
}

// sinceTime reads a span before now, a date or a time.
func sinceTime(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	var days int
	if n, err := fmt.Sscanf(text, "%dd", &days); err == nil && n == 1 && days > 0 && text == fmt.Sprintf("%dd", days) {
		return now.AddDate(0, 0, -days), nil
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, errors.New("write a span as 24h or 7d, a date as 2026-11-01, or a time of RFC 3339")
}

// rehearse asks the server which decisions would be others.
func (p *program) rehearse(ctx context.Context, l place, named, folder, engine string, since time.Time) (*api.Replayed, error) {
	asked := api.Replay{Since: since.UTC()}
	var err error
	if folder != "" {
		if asked.Policies, err = cedarFolder(folder); err != nil {
			return nil, err
		}
	}
	c, err := p.connect(ctx, l)
	if err != nil {
		return nil, err
	}
	g, err := c.findGateway(ctx, named)
	if err != nil {
		return nil, err
	}
	if engine != "" {
		if asked.Engine, err = c.findEngine(ctx, engine); err != nil {
			return nil, err
		}
	}
	r := new(api.Replayed)
	path := "/gateways/" + httpbinding.EscapePath(g.ID, true) + "/replays"
	return r, c.explain("replaying what "+g.ID+" decided", c.call(ctx, http.MethodPost, path, nil, asked, r))
}

// maxCedarFile is more than a policy of AgentCore may have.
const maxCedarFile = 64 << 10

// cedarFolder reads the policies of a folder, in the order of their names.
func cedarFolder(folder string) ([]api.ReplayPolicy, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, failed("name a folder of Cedar policies", "reading the policies: %w", err)
	}
	var policies []api.ReplayPolicy
	for _, entry := range entries {
		name := entry.Name()
		if !entry.Type().IsRegular() || filepath.Ext(name) != ".cedar" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, fmt.Errorf("reading the policies: %w", err)
		}
		if len(text) > maxCedarFile {
			return nil, failed("a file holds one statement", "the policy %s has more than %d bytes", name, maxCedarFile)
		}
		policies = append(policies, api.ReplayPolicy{Name: strings.TrimSuffix(name, ".cedar"), Statement: string(text)})
	}
	if len(policies) == 0 {
		return nil, failed("write a statement a file, as read-orders.cedar", "the folder %s holds no *.cedar file", folder)
	}
	return policies, nil
}

// replayed prints what would be decided otherwise.
func (s *styles) replayed(r *api.Replayed) {
	s.printf("%s\n\n", s.bold.Render(count(r.Decided, "decision")+" of "+r.Gateway))
	s.field("by", r.By)
	s.field("since", r.Since.UTC().Format("2006-01-02 15:04:05 UTC"))
	s.field("same", fmt.Sprint(r.Same))
	if r.Unsure > 0 {
		s.field("unsure", fmt.Sprintf("%d, up to arguments that are not recorded (agentcore.record_inputs)", r.Unsure))
	}
	if r.Skipped > 0 {
		s.field("skipped", fmt.Sprintf("%d that no policy decided, or of which the record has too little", r.Skipped))
	}
	if r.Cut != "" {
		s.field("cut", r.Cut)
	}
	for _, f := range r.Flips {
		s.flip(&f)
	}
	if r.Omitted > 0 {
		s.printf("\nand %s more\n", count(r.Omitted, "decision"))
	}
}

func (s *styles) flip(f *api.Flip) {
	opens := slices.Contains([]string{"allow", "shown"}, f.Now)
	s.printf("\n%s %s\n", s.mark(opens), s.bold.Render(fmt.Sprintf("%s → %s  %s %s", f.Was, f.Now, f.Method, f.Action)))
	s.hanging("    for ", lipgloss.NewStyle(), f.Principal)
	s.hanging("    ", lipgloss.NewStyle(), fmt.Sprintf("%s, last %s", count(f.Times, "time"), f.Last.UTC().Format("2006-01-02 15:04:05 UTC")))
	switch {
	case len(f.Determining) > 0:
		s.hanging("    by ", lipgloss.NewStyle(), strings.Join(f.Determining, ", "))
	case f.Input == "some" && f.Now == "deny":
		s.hanging("    ", s.faint, "the arguments are not recorded: whatever they were")
	case f.Input == "some" && f.Now == "allow":
		s.hanging("    ", s.faint, "the arguments are not recorded: with some it would be allowed")
	}
}
