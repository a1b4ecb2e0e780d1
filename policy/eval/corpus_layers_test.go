package eval

import (
	"fmt"
	"slices"
	"strings"
)

// What a layer says in a systematic case.
const (
	saysAllow  = "allow"
	saysSilent = "silent"
	saysDeny   = "deny"
)

const (
	ruleRole    = "arn:aws:iam::123456789012:role/team/dev"
	ruleSession = "arn:aws:sts::123456789012:assumed-role/dev/foo@example.com"
	ruleRoot    = "arn:aws:iam::123456789012:root"
	ruleOwner   = "111122223333"
	ruleOrg     = "arn:aws:organizations::999988887777:policy/o-example/"
)

// ruleNames are the ARNs of the managed policies of systematic cases. Only the
// policies of resources have none.
var ruleNames = map[Layer]string{
	LayerSCP: ruleOrg + "service_control_policy/p-1", LayerRCP: ruleOrg + "resource_control_policy/p-1", LayerResource: "own",
	LayerIdentity: "arn:aws:iam::123456789012:policy/work", LayerBoundary: "arn:aws:iam::123456789012:policy/limit", LayerSession: "arn:aws:iam::123456789012:policy/passed",
}

// says is a policy of a layer that says so about the request. Policies of
// resources name principals.
func says(layer Layer, what, principal string) casePolicy {
	if principal != "" {
		principal = `"Principal": ` + principal + `, `
	}
	allow := `{"Effect": "Allow", ` + principal + `"Action": "*", "Resource": "*"}`
	doc := document(allow)
	switch what {
	case saysSilent:
		doc = document(strings.Replace(allow, `"*", "Resource"`, `"s3:*", "Resource"`, 1))
	case saysDeny:
		doc = document(allow, `{"Sid": "No", "Effect": "Deny", `+principal+`"Action": "bedrock:Invoke*", "Resource": "*"}`)
	}
	p := casePolicy{layer: layer, name: ruleNames[layer], text: doc}
	if layer == LayerSCP || layer == LayerRCP {
		p.level = 1
	}
	return p
}

func (p casePolicy) statement(n int) [2]string {
	return [2]string{"statement", fmt.Sprintf("%s#%d", p.name, n)}
}

func ruleRequest(principal string, foreign bool) fields {
	f := fields{{"principal", principal}}
	if principal == ruleSession {
		f = append(f, [2]string{"role", ruleRole})
	}
	f = append(f, [2]string{"action", ruleAction}, [2]string{"resource", ruleResource})
	if foreign {
		f = append(f, [2]string{"owner", ruleOwner})
	}
	return f
}

func wantSilent(principal string, layer Layer) fields {
	return fields{{"verdict", verdictImplicit}, {"layer", layer.String()}, {"message", silentText(principal, layer.String())}}
}

func wantDeny(principal string, p casePolicy) fields {
	arn := p.name
	if p.layer == LayerResource {
		arn = ""
	}
	return fields{{"verdict", verdictExplicit}, {"layer", p.layer.String()}, p.statement(1), {"message", denyText(principal, p.layer.String(), arn)}}
}

func wantAllow(p casePolicy) fields {
	return fields{{"verdict", verdictAllow}, {"layer", p.layer.String()}, p.statement(0)}
}

// namings are the ways in which a resource's policy names the caller.
var namings = []struct {
	name                string
	user, session, root string // the principal; empty: there is no policy
}{
	{"no-policy", "", "", ""},
	{"nobody-named", `{"AWS": "arn:aws:iam::123456789012:user/bar"}`, `{"AWS": "arn:aws:iam::123456789012:role/other"}`, `{"AWS": "444455556666"}`},
	{"caller-named", `{"AWS": "` + ruleUser + `"}`, `{"AWS": "` + ruleSession + `"}`, `{"AWS": "` + ruleRoot + `"}`},
	{"role-or-everyone-named", `{"AWS": "*"}`, `{"AWS": "` + ruleRole + `"}`, `"*"`},
	{"account-named", `{"AWS": "123456789012"}`, `{"AWS": "` + ruleRoot + `"}`, `{"AWS": "123456789012"}`},
}

// grantCases is who may grant what (IAM User Guide, "Policy evaluation logic" and
// "Cross-account policy evaluation logic"):
//
//	same account, user or session named:   final, whatever else is silent
//	same account, role or everyone named:  boundary and session policy still limit
//	same account, otherwise:               identity policy, boundary and session policy must all allow
//	other account:                         those and the resource's policy
//	root:                                  needs nothing but, across accounts, the resource's policy
func grantCases() []ruleCase {
	var cases []ruleCase
	for at := range namings {
		for _, foreign := range []bool{false, true} {
			cases = append(cases, rootCase(at, foreign))
			for _, identity := range []string{saysAllow, saysSilent} {
				for _, boundary := range []string{saysAllow, saysSilent} {
					cases = append(cases, grantCase(ruleUser, at, foreign, identity, boundary, ""))
					for _, session := range []string{saysAllow, saysSilent} {
						cases = append(cases, grantCase(ruleSession, at, foreign, identity, boundary, session))
					}
				}
			}
		}
	}
	return cases
}

func grantCase(principal string, at int, foreign bool, identity, boundary, session string) ruleCase {
	n := namings[at]
	who, text := "user", n.user
	if principal == ruleSession {
		who, text = "session", n.session
	}
	account := map[bool]string{false: "same", true: "other"}[foreign]
	c := ruleCase{
		why:     fmt.Sprintf("A %s, a resource of the %s account, %s in its policy; identity policy: %s, boundary: %s%s.", who, account, strings.ReplaceAll(n.name, "-", " "), identity, boundary, andSession(session)),
		request: ruleRequest(principal, foreign),
	}
	c.file = fmt.Sprintf("layers/grant/%s-%s-%s-i-%s-b-%s", who, account, n.name, identity, boundary)
	if session != "" {
		c.file += "-s-" + session
	}
	c.file += ".txtar"
	own := says(LayerResource, saysAllow, text)
	if text != "" {
		c.policies = append(c.policies, own)
	}
	mine := says(LayerIdentity, identity, "")
	c.policies = append(c.policies, mine, says(LayerBoundary, boundary, ""))
	if session != "" {
		c.policies = append(c.policies, says(LayerSession, session, ""))
	}

	silent := func(layer Layer) fields { return wantSilent(principal, layer) }
	byRole := !foreign && n.name == "role-or-everyone-named"
	switch {
	case foreign && at < 2:
		c.want = silent(LayerResource)
	case !foreign && n.name == "caller-named":
		c.want = wantAllow(own)
	case !byRole && identity == saysSilent:
		c.want = silent(LayerIdentity)
	case boundary == saysSilent:
		c.want = silent(LayerBoundary)
	case session == saysSilent:
		c.want = silent(LayerSession)
	case byRole:
		c.want = wantAllow(own)
	default:
		c.want = wantAllow(mine)
	}
	return c
}

func andSession(says string) string {
	if says == "" {
		return ""
	}
	return ", session policy: " + says
}

func rootCase(at int, foreign bool) ruleCase {
	n := namings[at]
	account := map[bool]string{false: "same", true: "other"}[foreign]
	c := ruleCase{
		file:    fmt.Sprintf("layers/grant/root-%s-%s.txtar", account, n.name),
		why:     fmt.Sprintf("The root user, a resource of the %s account, %s in its policy.", account, strings.ReplaceAll(n.name, "-", " ")),
		request: ruleRequest(ruleRoot, foreign),
		want:    fields{{"verdict", verdictAllow}, {"layer", "none"}},
	}
	own := says(LayerResource, saysAllow, n.root)
	if n.root != "" {
		c.policies = append(c.policies, own)
	}
	if foreign && at < 2 {
		c.want = wantSilent(ruleRoot, LayerResource)
	}
	return c
}

// denyOrder is the order in which an explicit deny is reported where several
// layers deny. AWS reports one and does not say which; Hardpan takes the outermost.
var denyOrder = []Layer{LayerSCP, LayerRCP, LayerResource, LayerIdentity, LayerBoundary, LayerSession}

// denyCases: any explicit deny wins, whatever allows; root is denied by SCPs,
// RCPs and resources only; the caller's RCPs do not reach into other accounts.
func denyCases() []ruleCase {
	var cases []ruleCase
	for set := 1; set < 1<<len(denyOrder); set++ {
		says := map[Layer]string{}
		for i, layer := range denyOrder {
			if set&(1<<i) != 0 {
				says[layer] = saysDeny
			}
		}
		cases = append(cases, layered("deny", ruleSession, false, says, denyOrder))
		if says[LayerRCP] == "" {
			cases = append(cases, layered("deny", ruleSession, true, says, denyOrder))
		}
		if set < 1<<3 {
			cases = append(cases, layered("deny", ruleRoot, false, says, denyOrder[:3]))
		}
	}
	return append(cases, layered("deny", ruleRoot, false, nil, denyOrder[:3]))
}

// silentOrder is the order in which a missing Allow is reported.
var silentOrder = []Layer{LayerRCP, LayerSCP, LayerIdentity, LayerBoundary, LayerSession}

// silentCases: each of these layers has to allow; and a deny of one is reported
// before another's silence.
func silentCases() []ruleCase {
	cases := []ruleCase{layered("silent", ruleSession, false, nil, silentOrder)}
	for set := 1; set < 1<<len(silentOrder); set++ {
		says := map[Layer]string{}
		for i, layer := range silentOrder {
			if set&(1<<i) != 0 {
				says[layer] = saysSilent
			}
		}
		cases = append(cases, layered("silent", ruleSession, false, says, silentOrder))
	}
	for _, denies := range silentOrder {
		for _, silent := range silentOrder {
			if denies != silent {
				cases = append(cases, layered("deny-and-silent", ruleSession, false, map[Layer]string{denies: saysDeny, silent: saysSilent}, silentOrder))
			}
		}
	}
	return cases
}

// layered is a case in which each of layers is there, and allows unless it says
// something else.
func layered(family, principal string, foreign bool, what map[Layer]string, layers []Layer) ruleCase {
	c := ruleCase{request: ruleRequest(principal, foreign)}
	who := map[string]string{ruleSession: "session", ruleRoot: "root"}[principal]
	if foreign {
		who += "-other-account"
	}
	name, sentence := who, []string{}
	byLayer := map[Layer]casePolicy{}
	for _, layer := range denyOrder { // sections stand in one order
		if !slices.Contains(layers, layer) || foreign && layer == LayerRCP {
			continue
		}
		text := ""
		if layer == LayerResource || layer == LayerRCP {
			text = `"*"`
		}
		say := saysAllow
		if s := what[layer]; s != "" {
			say = s
			name += "-" + layer.String() + "-" + s
			sentence = append(sentence, layer.String()+" says "+s)
		}
		byLayer[layer] = says(layer, say, text)
		c.policies = append(c.policies, byLayer[layer])
	}
	if len(sentence) == 0 {
		name, sentence = name+"-all-allow", []string{"every layer allows"}
	}
	c.file = "layers/" + family + "/" + name + ".txtar"
	c.why = "Caller: " + strings.ReplaceAll(who, "-", ", ") + ". Layers: " + strings.Join(sentence, ", ") + "; the others allow."
	c.want = layeredWant(principal, what, byLayer)
	return c
}

func layeredWant(principal string, what map[Layer]string, has map[Layer]casePolicy) fields {
	for _, layer := range denyOrder {
		if what[layer] == saysDeny {
			return wantDeny(principal, has[layer])
		}
	}
	for _, layer := range silentOrder {
		if what[layer] == saysSilent {
			return wantSilent(principal, layer)
		}
	}
	if principal == ruleRoot {
		return fields{{"verdict", verdictAllow}, {"layer", "none"}}
	}
	return wantAllow(has[LayerIdentity])
}

// levelCases: each of three levels of SCPs, or of RCPs, allows, is silent or
// denies. A deny anywhere counts first, then a level's silence.
func levelCases() []ruleCase {
	all := []string{saysAllow, saysSilent, saysDeny}
	var cases []ruleCase
	for _, layer := range []Layer{LayerSCP, LayerRCP} {
		for i := range 27 {
			cases = append(cases, levelCase(layer, []string{all[i/9], all[i/3%3], all[i%3]}))
		}
	}
	return cases
}

func levelCase(layer Layer, levels []string) ruleCase {
	mine := says(LayerIdentity, saysAllow, "")
	c := ruleCase{
		file:    "layers/levels/" + layer.String() + "-" + strings.Join(levels, "-") + ".txtar",
		why:     fmt.Sprintf("Levels of %ss from the root to the account: %s.", strings.ToUpper(layer.String()), strings.Join(levels, ", ")),
		request: ruleRequest(ruleUser, false),
		want:    wantAllow(mine),
	}
	text := ""
	if layer == LayerRCP {
		text = `"*"`
	}
	for i, say := range levels {
		p := says(layer, say, text)
		p.level, p.name = i+1, strings.TrimSuffix(p.name, "1")+fmt.Sprint(i+1)
		c.policies = append(c.policies, p)
		if say == saysDeny && c.want[0][1] != verdictExplicit {
			c.want = wantDeny(ruleUser, p)
		}
	}
	c.policies = append(c.policies, mine)
	if slices.Contains(levels, saysSilent) && !slices.Contains(levels, saysDeny) {
		c.want = wantSilent(ruleUser, layer)
	}
	return c
}
