package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"hardpan/policy"
)

// The forms of placeholders in AWS's pages, in templates and in people's notes.
// A policy variable has a colon in its name, as a placeholder never has.
var placeholders = []*regexp.Regexp{
	regexp.MustCompile(`\$\{[A-Za-z][A-Za-z0-9_-]*\}`),
	regexp.MustCompile(`<[A-Za-z][A-Za-z0-9 _-]*>`),
	regexp.MustCompile(`\{\{?[A-Za-z][A-Za-z0-9 _-]*\}?\}`),
	regexp.MustCompile(`\[[A-Za-z][A-Za-z0-9 _-]*\]`),
	regexp.MustCompile(`\b(?:AWS_)?(?:ACCOUNT|REGION|PARTITION|PROFILE|MODEL|RESOURCE|USER|ROLE|GUARDRAIL)(?:[_-]?(?:ID|NAME|ARN|NUMBER))?\b`),
	regexp.MustCompile(`\b(?:YOUR|your|my|MY)[_-](?:AWS[_-]|aws[_-])?(?:[A-Z]+|account|region|profile|model)(?:[_-](?:ID|id|NAME|name|ARN|arn))?\b`),
	regexp.MustCompile(`\b(?:account-id|region-code|aws-region|profile-id|model-id)\b`),
}

// exampleAccounts are the accounts of AWS's own examples.
var exampleAccounts = []string{"123456789012", "111122223333", "444455556666", "000000000000"}

// maxPlaceholderText is how long a value is that is searched.
const maxPlaceholderText = 4096

// placeholderIn returns the first placeholder of a value. Only what stands in an
// ARN or is all of the value can be one: a tag's value may be any text.
func placeholderIn(element, text string) string {
	if len(text) > maxPlaceholderText {
		text = text[:maxPlaceholderText]
	}
	for _, form := range placeholders {
		for _, found := range form.FindAllString(text, -1) {
			if isPlaceholder(element, text, found) {
				return found
			}
		}
	}
	return ""
}

func isPlaceholder(element, text, found string) bool {
	if found == "${*}" || found == "${?}" || found == "${$}" {
		return false
	}
	delimited := strings.ContainsAny(found[:1], "$<{[")
	switch {
	case strings.HasPrefix(found, "${"):
		return true // a condition key without a prefix does not exist
	case element == "Condition":
		return strings.HasPrefix(text, "arn:") && (delimited || inARNField(text, found))
	case delimited:
		return !inVariable(text, found)
	}
	return inARNField(text, found)
}

// inVariable reports whether {…} is part of ${…}.
func inVariable(text, found string) bool { return strings.Contains(text, "$"+found) }

// inARNField reports whether a word is the whole of a part of an ARN, where no
// name of somebody's can stand: its region, its account, or all of its id.
func inARNField(text, word string) bool {
	p, ok := splitARN(text)
	if !ok {
		return text == word
	}
	_, id, _ := strings.Cut(p[partResource], "/")
	return p[partPartition] == word || p[partRegion] == word || p[partAccount] == word || id == word && word == strings.ToUpper(word)
}

// placeholderAt reports whether the value at pos holds a placeholder.
func (d *document) placeholderAt(pos policy.Position) (found bool) {
	d.allValues(func(_ *statement, element string, v policy.Value) {
		found = found || v.Pos == pos && placeholderIn(element, v.Text) != ""
	})
	return found
}

func checkPlaceholders(d *document) {
	var examples []policy.Value
	d.allValues(func(_ *statement, element string, v policy.Value) {
		if found := placeholderIn(element, v.Text); found != "" {
			message := fmt.Sprintf("%s is a placeholder: the %s is taken as it stands and matches nothing.", found, strings.ToLower(element))
			if element == "Condition" {
				message = found + " is a placeholder: the value is taken as it stands and equals nothing."
			}
			d.add(rulePlaceholder, v.Pos, message, &Fix{Text: placeholderFix(found)})
			return
		}
		if p, ok := splitARN(v.Text); ok && slices.Contains(exampleAccounts, p[partAccount]) {
			examples = append(examples, v)
		}
	})
	if len(examples) > 0 {
		p, _ := splitARN(examples[0].Text)
		d.addAs(Note, rulePlaceholder, examples[0].Pos,
			fmt.Sprintf("Account %s is the one of AWS's examples. It stands in %s.", p[partAccount], count(len(examples), "value")),
			&Fix{Text: "If it was copied, write your own account, or * for any."})
	}
}

func placeholderFix(found string) string {
	switch name := strings.ToLower(found); {
	case strings.Contains(name, "partition"):
		return "Write aws (or aws-us-gov)."
	case strings.Contains(name, "region"):
		return "Write the region, such as us-west-2, or * for any."
	case strings.Contains(name, "account"):
		return "Write the account's twelve digits, or * for any."
	}
	return "Write what it stands for, or * for any."
}

// count is "1 value", "2 values".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
