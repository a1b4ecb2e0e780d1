package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/smithy-go/encoding/httpbinding"
	"github.com/spf13/cobra"

	api "hardpan/internal/api/hardpan"
	"hardpan/internal/audit"
	"hardpan/internal/explain"
)

func newWhy(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "why DECISION-ID | 'ERROR TEXT'",
		Short: "say why a call was denied, and what would allow it",
		Long: `Prints the record of a denial: who called, every check, the context keys with
their values, each policy and statement that was looked at and the element that
did not match; then the cause, and the smallest changes that would allow the
call, each proven by deciding the call again.

The id is in the header x-hardpan-decision-id of the denial, and in _meta of a
tool gateway's. You may read your own denials; those of others need the
permission hardpan:GetDecision, and so do those of callers of a gateway who
signed in with a token.

In place of an id, paste the text of a refusal, of this server or of AWS: it is
taken apart without asking anyone, and held against the policies of a folder
(doc/policy-folders.md).`,
		Example: `  hardpan why --last
  hardpan why --last --principal arn:aws:iam::123456789012:user/alice
  hardpan why 4q2r6v5kx7w3j2m5n4t6y2z3aa --output json
  hardpan why "$(aws bedrock-runtime converse ... 2>&1)" --policies ./policies`,
		Args: args(cobra.MaximumNArgs(1)),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "where this command's call goes (or AWS_REGION; else "+defaultRegion+");\nwith a text: where the denied call went")
	last := cmd.Flags().Bool("last", false, "the newest denial that you may read")
	principal := cmd.Flags().String("principal", "", "with --last: of the caller with this ARN")
	policies := cmd.Flags().String("policies", "", "with a text: a folder of policy files to look for the cause in")
	_ = cmd.MarkFlagDirname("policies")
	var a asked
	a.addFlags(cmd)
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		isText := len(args) == 1 && strings.Contains(strings.TrimSpace(args[0]), " ")
		switch {
		case isText && !*last:
			a.region = l.region
			return p.whyText(cmd.Context(), args[0], *policies, &a, *form)
		case *policies != "" || a.via != "" || len(a.context) > 0:
			return usage(cmd, "--policies, --via and --context go with an error text")
		case *last == (len(args) == 1):
			return usage(cmd, "name one decision by its id, or say --last")
		case *principal != "" && !*last:
			return usage(cmd, "--principal goes with --last")
		}
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		var raw json.RawMessage
		if *last {
			raw, err = c.lastDecision(cmd.Context(), *principal)
		} else {
			raw, err = c.decision(cmd.Context(), args[0])
		}
		if err != nil {
			return err
		}
		return p.showDecision(raw, *form)
	}
	return cmd
}

// account is the server's answer about one decision.
type account struct {
	Decision    audit.Decision      `json:"decision"`
	Explanation explain.Explanation `json:"explanation"`

	Tool     *api.ToolExplanation `json:"tool"` // of what a tool gateway decided
	Withheld string               `json:"withheld"`
}

func (c *client) decision(ctx context.Context, id string) (raw json.RawMessage, err error) {
	err = c.call(ctx, http.MethodGet, "/decisions/"+httpbinding.EscapePath(id, true), nil, nil, &raw)
	return raw, c.explainMissing("reading decision "+id, err,
		"the id is that of a denial of this account; old ones make room for new ones\nhardpan why --last")
}

func (c *client) lastDecision(ctx context.Context, principal string) (raw json.RawMessage, err error) {
	query, of := url.Values{}, ""
	if principal != "" {
		query.Set("principal", principal)
		of = " of " + principal
	}
	err = c.call(ctx, http.MethodGet, "/last-decision", query, nil, &raw)
	return raw, c.explainMissing("reading the last denial"+of, err,
		"you see your own denials; those of others need the permission hardpan:GetDecision")
}

// explainMissing is [client.explain] with advice for what is not found.
func (c *client) explainMissing(doing string, err error, next string) error {
	if r, ok := refused(err); ok && r.status == http.StatusNotFound {
		return failed(next, "%s: %w", doing, r)
	}
	return c.explain(doing, err)
}

// readAccount takes the server's answer apart.
func readAccount(raw json.RawMessage) (*account, error) {
	a := new(account)
	if err := json.Unmarshal(raw, a); err != nil {
		return nil, fmt.Errorf("reading the decision: %w", err)
	}
	return a, nil
}

func (p *program) showDecision(raw json.RawMessage, form output) error {
	if form == asJSON {
		return p.printJSON(raw)
	}
	a, err := readAccount(raw)
	if err != nil {
		return err
	}
	return p.stylesFor(p.out).account(a)
}
