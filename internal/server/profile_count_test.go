package server_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/smithy-go"
)

// atMostTwo lets everyone make profiles with their own tag, two in a region.
const atMostTwo = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Action":["bedrock:CreateInferenceProfile","bedrock:TagResource","bedrock:DeleteInferenceProfile"],"Resource":"*"},
	{"Effect":"Deny","Action":"bedrock:CreateInferenceProfile","Resource":"*",
	 "Condition":{"NumericGreaterThanEquals":{"hardpan:ProfileCount/UserEmail":"2"}}}]}`

// A policy says how many profiles a person may have, by their tag.
func TestAPolicyCountsAPersonsProfiles(t *testing.T) {
	w := start(t)
	foo := w.user("foo", atMostTwo)
	first := w.profile(foo, "One", modelARN+haiku, tag("useremail", "foo@example.com"))
	w.profile(foo, "Two", modelARN+haiku, email("foo"))
	before := w.database()
	_, err := w.tryProfile(foo, "Three", modelARN+haiku, email("foo"))
	refused(t, err, "AccessDeniedException", "bedrock:CreateInferenceProfile on resource: arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/* with an explicit deny in an identity-based policy")
	if w.database() != before {
		t.Error("something was written")
	}
	why := w.why(w.root, decisionID(t, err))
	if told := why.Explanation.Summary + strings.Join(why.Explanation.Details, " "); !strings.Contains(told, "hardpan:ProfileCount/UserEmail") {
		t.Errorf("the explanation does not name the count: %s", told)
	}

	// Another's count is another's, and what is deleted does not count.
	w.profile(foo, "Bars", modelARN+haiku, email("bar"))
	w.profile(foo, "Nobodys", modelARN+haiku)
	if _, err := w.bedrock(foo).DeleteInferenceProfile(t.Context(), &bedrock.DeleteInferenceProfileInput{InferenceProfileIdentifier: &first}); err != nil {
		t.Fatal(err)
	}
	again := &bedrock.CreateInferenceProfileInput{
		InferenceProfileName: aws.String("Three"), ModelSource: copyOf(modelARN + haiku), ClientRequestToken: aws.String("once"),
	}
	again.Tags = append(again.Tags, email("foo"))
	for range 2 { // the same request again makes nothing, and is no third
		if _, err := w.bedrock(foo).CreateInferenceProfile(t.Context(), again); err != nil {
			t.Fatal(err)
		}
	}
}

// Of many at the same moment only as many get a profile as the policy has room for.
func TestAPolicyCountsProfilesThatAreMadeAtOnce(t *testing.T) {
	w := start(t)
	foo := w.user("foo", atMostTwo)
	var wait sync.WaitGroup
	made := make(chan string, 8)
	for i := range 8 {
		wait.Go(func() {
			own, err := w.tryProfile(foo, "P"+string(rune('a'+i)), modelARN+haiku, email("foo"))
			var api smithy.APIError
			switch {
			case err == nil:
				made <- own
			case !errors.As(err, &api) || api.ErrorCode() != "ConflictException" && api.ErrorCode() != "AccessDeniedException":
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if len(made) != 2 {
		t.Errorf("%d were made", len(made))
	}
}
