package cedar

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	cedarlang "github.com/cedar-policy/cedar-go"
)

// parse reads exactly one statement.
func parse(statement string) (*cedarlang.Policy, error) {
	var list cedarlang.PolicyList
	if err := list.UnmarshalCedar([]byte(statement)); err != nil {
		f := syntaxFinding(statement, err)
		return nil, errors.New(f.String())
	}
	if len(list) != 1 {
		return nil, fmt.Errorf("a policy is exactly one statement, and here are %d", len(list))
	}
	return list[0], nil
}

// read returns a statement's only policy, or why it is none.
func read(statement string) (*cedarlang.Policy, *Finding) {
	unusable := func(line, column int, message string) (*cedarlang.Policy, *Finding) {
		return nil, &Finding{Severity: Unusable, Line: line, Column: column, Message: message}
	}
	if size := utf8.RuneCountInString(statement); size < MinStatement || size > MaxStatement {
		return unusable(1, 1, fmt.Sprintf("the statement has %d characters: it must have %d to %d", size, MinStatement, MaxStatement))
	}
	if !utf8.ValidString(statement) {
		return unusable(1, 1, "the statement is not UTF-8")
	}
	if f := dogwood(tokens(statement)); f != nil {
		return nil, f
	}
	var list cedarlang.PolicyList
	if err := list.UnmarshalCedar([]byte(statement)); err != nil {
		f := syntaxFinding(statement, err)
		return nil, &f
	}
	if len(list) == 0 {
		return unusable(1, 1, "there is no statement")
	}
	if len(list) > 1 {
		second := list[1].Position()
		return unusable(second.Line, second.Column, "a second statement begins here: a policy is exactly one, so make a policy of each")
	}
	return list[0], nil
}

// dogwood finds what AWS's superset of Cedar adds to it. What Hardpan does not enforce
// it refuses by name.
func dogwood(list []token) *Finding {
	refuse := func(t token, what, instead string) *Finding {
		return &Finding{
			Severity: Unusable, Line: t.line, Column: t.column,
			Message: what + " is Dogwood, AWS's extension of Cedar, and not supported by Hardpan: " + instead,
		}
	}
	for i, t := range list {
		if t.text == "suppressOutput" && i+1 < len(list) && list[i+1].text == "(" {
			return refuse(t, "the effect suppressOutput", "a policy permits or forbids, and outputs are not looked at")
		}
		if i == 0 || list[i-1].text != "when" && list[i-1].text != "unless" {
			continue
		}
		switch t.text {
		case "temporal":
			return refuse(t, "a temporal condition", "each call is decided by itself; write a condition in { }")
		case "guardrails":
			return refuse(t, "a guardrails condition", "no text is checked by a guardrail; write a condition in { }")
		}
	}
	return nil
}

var (
	parsePosition = regexp.MustCompile(`<input>:(\d+):(\d+)`)
	parseMessage  = regexp.MustCompile(`^(?:parser error: )?(?:parse error at <input>:\d+:\d+ "(?:[^"\\]|\\.)*": )?(?:<input>:\d+:\d+: )?(.*)$`)
	parseExact    = regexp.MustCompile(`^exact got (.*) want (.*)$`)
	parseGot      = regexp.MustCompile(`^got (.*) want (.*)$`)
)

// syntaxFinding turns cedar-go's error into a finding at the token that it is about:
// but for a missing comma, cedar-go gives the place of the token behind that.
func syntaxFinding(statement string, err error) Finding {
	f := Finding{Severity: Unusable, Line: 1, Column: 1, Message: err.Error()}
	if found := parsePosition.FindStringSubmatch(err.Error()); found != nil {
		f.Line, _ = strconv.Atoi(found[1])
		f.Column, _ = strconv.Atoi(found[2])
	}
	behind := strings.Contains(err.Error(), "parse error at ")
	if found := parseMessage.FindStringSubmatch(err.Error()); found != nil {
		f.Message = found[1]
	}
	for _, form := range []*regexp.Regexp{parseExact, parseGot} {
		if found := form.FindStringSubmatch(f.Message); found != nil {
			behind = behind && form == parseExact
			f.Message = fmt.Sprintf("unexpected token %q, expected %q", found[1], found[2])
			if found[1] == "" {
				f.Message = fmt.Sprintf("the statement ends, expected %q", found[2])
				behind = false
			}
		}
	}
	list := tokens(statement)
	for i, t := range list {
		if behind && i > 0 && (t.line > f.Line || t.line == f.Line && t.column >= f.Column) {
			f.Line, f.Column = list[i-1].line, list[i-1].column
			break
		}
	}
	return f
}
