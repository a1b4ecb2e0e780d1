package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"
)

// The cost part of story 2: two people, two departments, and a budget that is
// reached. A department is a tag of the profiles that its people call through.

const (
	departments = "departments"

	// departmentLimit is room for two answers or so, of a few tokens each.
	departmentLimit = "0.0003USD"
)

func (t *story2) costs() []step {
	const call = "aws bedrock-runtime converse --model-id "
	return []step{
		{"The profiles say which department pays: foo's Research, bar's Sales", t.departments, []string{
			"aws bedrock tag-resource --resource-arn …/FOOS \\\n  --tags key=Department,value=Research",
			"aws bedrock tag-resource --resource-arn …/BARS \\\n  --tags key=Department,value=Sales",
		}},
		{"One budget is a limit for each department", t.limited, []string{
			"hardpan budget create --name " + departments + " --scope 'tag:Department=*' \\\n  --limit " + departmentLimit + " --period month --clamp",
		}},
		{"Foo calls until Research has spent what it may", t.spent, []string{call + "…/FOOS"}},
		{"Sales has room, and bar is answered", t.roomForSales, []string{call + "…/BARS"}},
		{"Who spent what, the moment it is spent", t.accounted, []string{"hardpan budget show " + departments, "hardpan usage --by tag:Department"}},
	}
}

func (t *story2) departments(ctx context.Context) error {
	for arn, department := range map[string]string{t.foos.ARN: "Research", t.bars.ARN: "Sales"} {
		_, err := t.admin.bedrock().TagResource(ctx, &bedrock.TagResourceInput{
			ResourceARN: &arn, Tags: []types.Tag{{Key: aws.String("Department"), Value: &department}},
		})
		if err != nil {
			return err
		}
	}
	t.right("calls through them are charged to their departments")
	return nil
}

func (t *story2) limited(ctx context.Context) error {
	made, err := t.admin.putBudget(ctx, budgetOrder{
		Name: departments, Scope: "tag:Department=*", Limit: departmentLimit, Period: "month", Action: "block", Clamp: true,
	})
	if err != nil {
		return err
	}
	t.right(made.Limit + " a month for each value of Department; maxTokens is lowered to what is left")
	return nil
}

// spent calls until a call is refused: that has to come, and soon.
func (t *story2) spent(ctx context.Context) error {
	const most = 20
	for calls := range most {
		_, err := t.foo.models("").converse(ctx, t.foos.ARN, "What does this cost?")
		if err == nil {
			continue
		}
		no, ok := refused(err)
		if !ok {
			return err
		}
		t.answer("An error occurred (" + no.code + ") when calling the Converse operation:\n" + no.message)
		if calls == 0 || no.code != "ServiceQuotaExceededException" || !strings.Contains(no.message, "tag:Department=Research") {
			return unlike("the answer", "some answers, then ServiceQuotaExceededException of tag:Department=Research", fmt.Sprintf("%d answers, then %s: %s", calls, no.code, no.message))
		}
		t.right(fmt.Sprintf("answered %d times, then refused before the model was called", calls))
		return t.explained(ctx, no.decision)
	}
	return unlike("the answer", "ServiceQuotaExceededException", fmt.Sprintf("%d answers", most))
}

// explained shows why a call was refused, as the caller may see it.
func (t *story2) explained(ctx context.Context, id string) error {
	raw, err := t.foo.decision(ctx, id)
	if err != nil {
		return err
	}
	told, err := readAccount(raw)
	if err != nil {
		return err
	}
	t.st.printf("\n")
	t.command("hardpan why " + id)
	t.st.paragraph(6, t.st.bold, told.Explanation.Summary)
	return nil
}

func (t *story2) roomForSales(ctx context.Context) error { return t.answers(ctx, t.bar, t.bars.ARN) }

// accounted compares what budgets and usage say of the two departments.
func (t *story2) accounted(ctx context.Context) error {
	b, err := t.admin.getBudget(ctx, departments)
	if err != nil {
		return err
	}
	report, err := t.admin.usage(ctx, url.Values{"by": {"tag:Department"}})
	if err != nil {
		return err
	}
	used := map[string]int64{}
	for _, row := range report.Rows {
		used[row.Name] = row.NanoUSD
		if row.Name != "" {
			t.answer(fmt.Sprintf("%-8s  %d calls  %s USD", row.Name, row.Requests, row.Cost))
		}
	}
	if len(b.Standings) != 2 {
		return unlike("the departments", "Research and Sales", fmt.Sprint(len(b.Standings), " of them"))
	}
	for _, s := range b.Standings {
		if name := aws.ToString(s.Value); amount(s.Settled) != used[name] || used[name] == 0 {
			return unlike("what "+name+" has spent", s.Settled, fmt.Sprintf("%d nano-dollars", used[name]))
		}
	}
	t.right("the budget and the usage agree to the billionth of a dollar, and neither is above its limit")
	return nil
}
