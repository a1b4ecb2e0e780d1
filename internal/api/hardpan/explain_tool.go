package hardpan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hardpan/arn"
	"hardpan/internal/audit"
	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
	"hardpan/internal/op"
)

// What a tool gateway decided. A caller of the gateway sees of their own denial
// who decided, and nothing of the gateway's policies, its role or the tools that
// are hidden from them. A caller with a token of an outside provider is nobody
// to IAM, so that an operator reads for them.

// What gave a gateway's verdict.
const (
	byPolicy    = "policy"    // a Cedar policy, or that there is none
	byRole      = "role"      // what the gateway's service role may not do
	byEngine    = "engine"    // the policy engine cannot be asked, or not be compiled
	byArguments = "arguments" // they are not what the tool takes
	byTarget    = "target"    // allowed, and then the target failed
	byBudget    = "budget"    // allowed, and a budget of tools has no room
)

// ToolExplanation is why a tool gateway refused, or would have.
type ToolExplanation struct {
	By      string `json:"by"`      // policy, role, engine, arguments, target or budget
	Summary string `json:"summary"` // one or two sentences

	// Enforced is whether the client was refused: an engine in mode LOG_ONLY lets
	// everything pass.
	Enforced bool `json:"enforced"`

	// Of the gateway's role: what it lacked, the document to add, and whether it
	// lacks it still.
	Missing []op.Permission `json:"missing,omitempty"`
	Policy  string          `json:"policy,omitempty"`
	Mended  bool            `json:"mended,omitempty"`

	// Cedar is the trace of the policies, and Names are theirs, by id.
	Cedar *cedar.Explanation `json:"cedar,omitempty"`
	Names map[string]string  `json:"names,omitempty"`
}

// explainTool makes what a gateway decided readable.
func (s *Service) explainTool(c *op.Call, out *Explained, full bool) {
	shown := *out.Decision
	use := *shown.Tool
	shown.Tool, out.Decision = &use, &shown
	e := &ToolExplanation{By: decidedBy(&use), Enforced: use.Message != ""}
	if shown.Code != "" { // only the ledger's errors have one
		e.By, e.Summary = byBudget, "It could not be counted in its budgets: "+sentence(use.Message)
		if out.Explanation != nil {
			e.Summary = out.Explanation.Summary
		}
	}
	out.Tool = e
	if a, err := arn.Parse(use.Gateway); err != nil || a.Account != c.Account {
		full = false // it is another account's gateway
	}
	if !full {
		e.Summary = e.forCaller(&use)
		withholdTool(out)
		return
	}
	if text := use.Explanation; len(text) > 0 {
		e.Cedar = new(cedar.Explanation)
		if json.Unmarshal(text, e.Cedar) != nil {
			e.Cedar = nil
		}
		use.Explanation = nil // it is said once
	}
	s.describeTool(c, out.Decision, e)
	e.Summary = e.forOperator(&use)
}

func decidedBy(use *op.ToolUse) string {
	switch {
	case len(use.Missing) > 0:
		return byRole
	case use.Failed:
		return byTarget
	case use.Problem == "":
		return byPolicy
	case strings.HasPrefix(use.Message, "InternalServerException"):
		return byEngine
	}
	return byArguments
}

// describeTool adds how things stand now: the role's permissions, and the names of
// the policies.
func (s *Service) describeTool(c *op.Call, d *audit.Decision, e *ToolExplanation) {
	use := d.Tool
	snapshot, ok := s.DB.Directory().Account(c.Account)
	if !ok {
		return
	}
	if e.By == byRole {
		e.Missing = use.Missing
		e.grant(s.lacks(c, use))
	}
	if use.Engine == "" {
		return
	}
	e.Names = map[string]string{}
	for p := range gateway.Policies(snapshot, last(use.Engine), "") {
		mentioned := slices.Contains(use.Determining, p.ID) || slices.Contains(use.Mismatched, p.ID) ||
			e.Cedar != nil && slices.ContainsFunc(e.Cedar.Policies, func(t cedar.PolicyTrace) bool { return t.Policy == p.ID })
		if mentioned {
			e.Names[p.ID] = p.Name
		}
	}
}

// lacks is what the role of a decision's gateway lacks of what it needed, now.
func (s *Service) lacks(c *op.Call, use *op.ToolUse) []gateway.Lack {
	snapshot, _ := s.DB.Directory().Account(c.Account)
	needs := make([]gateway.Need, len(use.Missing))
	engine := false
	for i, m := range use.Missing {
		needs[i] = gateway.Need{Action: m.Action, Resource: m.Resource}
		engine = engine || m.Resource == use.Engine || m.Resource == use.Gateway
	}
	if engine {
		needs = gateway.EngineNeeds(use.Engine, use.Gateway) // else the next call would lack the rest
	}
	a, err := arn.Parse(use.Gateway)
	if err != nil {
		return nil
	}
	role, err := gateway.ServiceRole(snapshot, use.Role, a.Region, c.Time)
	if err != nil {
		return unmet(needs)
	}
	return role.Lacks(needs)
}

func unmet(needs []gateway.Need) []gateway.Lack {
	lacks := make([]gateway.Lack, len(needs))
	for i, n := range needs {
		lacks[i].Need = n
	}
	return lacks
}

// grant says what to add to the role, unless it has it by now, or a statement
// denies it, so that adding would not help.
func (e *ToolExplanation) grant(lacks []gateway.Lack) {
	e.Mended = len(lacks) == 0
	if !slices.ContainsFunc(lacks, func(l gateway.Lack) bool { return l.Explicit }) {
		e.Policy = gateway.Grant(lacks)
	}
}

func last(resourceARN string) string { return resourceARN[strings.LastIndexByte(resourceARN, '/')+1:] }

// forOperator is the cause in a sentence or two.
func (e *ToolExplanation) forOperator(use *op.ToolUse) string {
	var text string
	switch e.By {
	case byBudget:
		return e.Summary
	case byRole:
		text = fmt.Sprintf("It is the gateway's role, not your policy: %s may not %s.", use.Role, actions(use.Missing))
		if e.Mended {
			text += " By now it may: try again."
		}
	case byEngine:
		text = "The policies could not be evaluated: " + sentence(use.Problem)
	case byArguments:
		text = "The arguments are not what the tool takes, so that no policy was asked: " + sentence(use.Problem)
	case byTarget:
		text = "Policy allows it, and the target failed."
		if use.Problem != "" {
			text = "Policy allows it, and the target failed: " + sentence(use.Problem)
		}
	default:
		text = use.Reason + "."
		if e.Cedar != nil {
			text = upperFirst(e.Cedar.Summary) + "."
		}
		if use.Hasty {
			text += " There were too many denials at once to explain each: ask again after the next one."
		}
	}
	if !e.Enforced && !use.Failed {
		text += " The engine only logs at this gateway, so the client noticed nothing; in mode ENFORCE it would be refused."
	}
	return text
}

// forCaller is what the caller may know of it.
func (e *ToolExplanation) forCaller(use *op.ToolUse) string {
	switch e.By {
	case byBudget:
		return e.Summary
	case byRole, byEngine:
		return "It is the gateway and not you: its policies could not be asked. Tell who runs it the id of this decision."
	case byArguments:
		return "The arguments are not what the tool takes: " + sentence(use.Problem)
	case byTarget:
		return "You were allowed, and what stands behind the tool failed. Tell who runs the gateway the id of this decision."
	}
	return "A policy of the gateway decided: " + sentence(use.Reason)
}

func sentence(text string) string { return strings.TrimSuffix(text, ".") + "." }

// actions lists what a role may not do, each action once.
func actions(missing []op.Permission) string {
	var list []string
	for _, m := range missing {
		if !slices.Contains(list, m.Action) {
			list = append(list, m.Action)
		}
	}
	return strings.Join(list, " and ")
}

// withholdTool takes out what is not the caller's: policies, the role, and the
// names of what is hidden from them.
func withholdTool(out *Explained) {
	use := out.Decision.Tool
	if out.Tool.By != byArguments {
		use.Problem = ""
	}
	use.Explanation, use.Hidden, use.LogOnly, use.Mismatched = nil, nil, nil, nil
	use.Role, use.Missing = "", nil
	out.Withheld = "The gateway's policies and its role are shown to principals of its account that are allowed hardpan:GetDecision."
}
