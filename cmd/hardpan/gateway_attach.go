package main

import (
	"context"
	"net/http"
	"slices"

	"charm.land/lipgloss/v2"
	"github.com/aws/smithy-go/encoding/httpbinding"
	"github.com/spf13/cobra"
)

func newGatewayAttach(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "attach GATEWAY ENGINE",
		Short: "attach a policy engine to a tool gateway",
		Long: `Attaches a policy engine to a tool gateway, both named by id, name or ARN, and
says what the gateway's role lacks to ask it: without those permissions clients
get errors, whatever the policies say. The policy document to add is printed.

--grant adds exactly that document to the role, in the same transaction: either
both is done or nothing. It needs iam:PutRolePolicy on the role. --dry-run only
says what would be done.`,
		Example: `  hardpan gateway attach my-gateway MyEngine --dry-run
  hardpan gateway attach my-gateway MyEngine --grant
  hardpan gateway attach my-gateway MyEngine --mode LOG_ONLY`,
		Args: args(cobra.ExactArgs(2)),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "where both are (or AWS_REGION; else "+defaultRegion+")")
	var order attachOrder
	cmd.Flags().StringVar(&order.Mode, "mode", "ENFORCE", "ENFORCE, or LOG_ONLY: decide, and let everything pass")
	cmd.Flags().BoolVar(&order.Grant, "grant", false, "add what the gateway's role lacks")
	cmd.Flags().BoolVar(&order.DryRun, "dry-run", false, "change nothing")
	_ = cmd.RegisterFlagCompletionFunc("mode", cobra.FixedCompletions(engineModes, cobra.ShellCompDirectiveNoFileComp))
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, named []string) error {
		if !slices.Contains(engineModes, order.Mode) {
			return usage(cmd, "--mode: it is ENFORCE or LOG_ONLY, and not %q", order.Mode)
		}
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		g, err := c.findGateway(cmd.Context(), named[0])
		if err != nil {
			return err
		}
		order.gateway = g.ID
		if order.Engine, err = c.findEngine(cmd.Context(), named[1]); err != nil {
			return err
		}
		result, err := c.attachEngine(cmd.Context(), order)
		if err != nil {
			return c.explain("attaching "+named[1]+" to "+g.ID, err)
		}
		if *form == asJSON {
			return p.printJSON(result)
		}
		p.showAttached(&result)
		return nil
	}
	return cmd
}

var engineModes = []string{"ENFORCE", "LOG_ONLY"}

// attachOrder is which engine a gateway is to have.
type attachOrder struct {
	gateway string // id

	Engine string `json:"engine"` // ARN
	Mode   string `json:"mode"`
	Grant  bool   `json:"grant"`
	DryRun bool   `json:"dryRun"`
}

// attachResult is what was done, and what the gateway's role lacks.
type attachResult struct {
	Gateway    string              `json:"gateway"`
	Engine     string              `json:"engine"`
	Mode       string              `json:"mode"`
	Role       string              `json:"role"`
	Attached   bool                `json:"attached"`
	Granted    bool                `json:"granted"`
	Problem    string              `json:"problem,omitempty"`
	Missing    []missingPermission `json:"missing"`
	Policy     string              `json:"policy,omitempty"`
	PolicyName string              `json:"policyName"`
}

type missingPermission struct {
	Action   string `json:"action"`
	Resource string `json:"resource"`
	Explicit bool   `json:"explicit"`
	Message  string `json:"message"`
}

func (c *client) attachEngine(ctx context.Context, order attachOrder) (attachResult, error) {
	var out attachResult
	path := "/gateways/" + httpbinding.EscapePath(order.gateway, true) + "/policy-engine"
	err := c.call(ctx, http.MethodPut, path, nil, order, &out)
	return out, err
}

func (p *program) showAttached(a *attachResult) {
	st := p.stylesFor(p.out)
	switch {
	case !a.Attached:
		st.printf("%s\n\n", st.bold.Render("Nothing was changed. Attached, it would be:"))
	default:
		st.printf("%s %s\n\n", st.mark(a.Problem == "" && len(a.Missing) == 0), st.bold.Render("The engine is attached"))
	}
	st.field("gateway", a.Gateway)
	st.field("engine", a.Engine)
	st.field("mode", a.Mode)
	st.describeRole(a)
}

// describeRole says whether a gateway's role may ask an engine, and what to do.
func (st *styles) describeRole(a *attachResult) {
	if a.Granted {
		st.field("granted", "the inline policy "+a.PolicyName+" of "+a.Role)
		st.printf("\n")
		st.block(2, st.value, a.Policy)
		return
	}
	if a.Problem != "" {
		st.field("problem", a.Problem)
	}
	if len(a.Missing) == 0 {
		if a.Problem == "" {
			st.field("ready", "the gateway's role may ask the engine")
		}
		return
	}
	for _, m := range a.Missing {
		st.field("lacks", m.Action+" on "+m.Resource)
	}
	if a.Policy == "" {
		st.printf("\n")
		st.paragraph(0, lipgloss.NewStyle(), "A policy denies some of it to "+a.Role+": adding an Allow would change nothing. Take the deny away.")
		return
	}
	st.printf("\n")
	st.paragraph(0, lipgloss.NewStyle(), "Until the role has them, lists and calls fail with InternalServerException, whatever the policies say. Add this to "+a.Role+", or use --grant:")
	st.printf("\n")
	st.block(2, st.value, a.Policy)
}
