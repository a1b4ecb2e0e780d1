package server_test

import (
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"hardpan/internal/server"
)

// A session's tag of 256 characters, as strange as AWS allows them, limits and
// is counted as it is, in key and value, and is no label of any metric.
func TestATagOfStrangeCharacters(t *testing.T) {
	const strange = "=1+1@:/._- \u2028\u2029\u00a0\u3000אبéＡ𝔘ǅ½Ⅷ٣"
	value, key := strings.Repeat(strange, 20), "Té=a:m "+strange
	value = string([]rune(value)[:255]) + "e"
	if n := utf8.RuneCountInString(value); n != 256 {
		t.Fatalf("%d characters", n)
	}
	w := start(t, func(o *server.Options) { o.MetricsListen = "127.0.0.1:0" })
	role := w.role("Engineer", everything)
	session := w.assume(w.user("portal", mayAssume), &sts.AssumeRoleInput{
		RoleArn: &role, RoleSessionName: aws.String("foo"), Tags: []types.Tag{{Key: &key, Value: &value}},
	})
	escaped := strings.ReplaceAll(key, "=", `\=`)
	w.budget("own", "tag:"+escaped+"="+value, "1requests", "total")
	w.budget("each", "tag:"+escaped+"=*", "9requests", "total")
	if _, err := w.converse(session, haiku); err != nil {
		t.Fatal(err)
	}
	_, err := w.converse(session, haiku)
	refused(t, err, "ServiceQuotaExceededException", fmt.Sprintf(`The budget "own" (tag:%s=%s) has no room`, escaped, value))
	for name, of := range map[string]string{"own": "", "each": value} {
		b := w.own(w.root, "GET", "/budgets/"+name, "").budget(t)
		if len(b.Standings) != 1 || b.Standings[0].Value != of || b.Standings[0].Settled != "1requests" {
			t.Errorf("%s: %+v", name, b)
		}
	}
	used := w.usage(w.root, url.Values{"by": {"tag:" + key}}.Encode())
	if len(used.Rows) != 1 || used.Rows[0].Name != value || used.Rows[0].Requests != 1 {
		t.Errorf("%+v", used)
	}
	if why := w.why(session, decisionID(t, err)); !strings.Contains(strings.Join(why.Explanation.Details, " "), value) {
		t.Errorf("why: %s", why.raw)
	}
	answer, err := w.client.Get(w.MetricsURL())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || strings.Contains(string(text), "=1+1") || w.scraped("aws_bedrock_invocations_total") != 1 {
		t.Errorf("%v: %s", err, text)
	}
}
