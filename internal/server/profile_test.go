package server_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	bedrocktypes "github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/smithy-go"

	"hardpan/internal/server"
)

// profileRequests are those of the walk over all routes. Whatever they name
// that is not there is asked about all the same.
func profileRequests() map[string]request {
	const resource = `"resourceARN":"arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/aaaaaaaaaaaa"`
	post := func(path, body string) request {
		return request{Path: path, Body: body, Header: http.Header{"Content-Type": {"application/json"}}}
	}
	return map[string]request{
		"bedrock:CreateInferenceProfile": post("/inference-profiles",
			`{"inferenceProfileName":"Walked","modelSource":{"copyFrom":"`+modelARN+haiku+`"},"tags":[{"key":"a","value":"b"}]}`),
		"hardpan:WhoAmI":                 {Method: http.MethodGet, Path: "/whoami", Service: "hardpan"},
		"bedrock:GetInferenceProfile":    {Method: http.MethodGet, Path: "/inference-profiles/us." + haiku},
		"bedrock:ListInferenceProfiles":  {Method: http.MethodGet, Path: "/inference-profiles?type=APPLICATION"},
		"bedrock:DeleteInferenceProfile": {Method: http.MethodDelete, Path: "/inference-profiles/aaaaaaaaaaaa"},
		"bedrock:TagResource":            post("/tagResource", `{`+resource+`,"tags":[{"key":"a","value":"b"}]}`),
		"bedrock:UntagResource":          post("/untagResource", `{`+resource+`,"tagKeys":["a"]}`),
		"bedrock:ListTagsForResource":    post("/listTagsForResource", `{`+resource+`}`),
	}
}

// What one makes is what one sees.
func TestAnInferenceProfile(t *testing.T) {
	w := start(t)
	c := w.bedrock(w.root)
	in := &bedrock.CreateInferenceProfileInput{
		InferenceProfileName: aws.String("Team_A x-1"), Description: aws.String("of team A."), ClientRequestToken: aws.String("once"),
		ModelSource: copyOf("arn:aws:bedrock:us-west-2:123456789012:inference-profile/us." + haiku),
		Tags:        []bedrocktypes.Tag{tag("CostCenter", "42"), email("foo")},
	}
	made, err := c.CreateInferenceProfile(t.Context(), in)
	if err != nil || made.Status != "ACTIVE" {
		t.Fatalf("%+v, %v", made, err)
	}
	again, err := c.CreateInferenceProfile(t.Context(), in)
	if err != nil || *again.InferenceProfileArn != *made.InferenceProfileArn {
		t.Errorf("the same request again: %+v, %v", again, err)
	}
	other := *in
	other.InferenceProfileName = aws.String("Other")
	_, err = c.CreateInferenceProfile(t.Context(), &other)
	refused(t, err, "ConflictException", "clientRequestToken")
	other.InferenceProfileName, other.ClientRequestToken = in.InferenceProfileName, nil
	_, err = c.CreateInferenceProfile(t.Context(), &other)
	refused(t, err, "ConflictException", "Team_A x-1")

	got, err := c.GetInferenceProfile(t.Context(), &bedrock.GetInferenceProfileInput{InferenceProfileIdentifier: made.InferenceProfileArn})
	if err != nil {
		t.Fatal(err)
	}
	if *got.InferenceProfileName != "Team_A x-1" || *got.Description != "of team A." || got.Type != "APPLICATION" || got.CreatedAt == nil ||
		!strings.HasSuffix(*got.InferenceProfileArn, "/"+*got.InferenceProfileId) {
		t.Errorf("%+v", got)
	}
	if want := []string{"us-east-1", "us-east-2", "us-west-2"}; !slices.Equal(regionsOf(got.Models), want) {
		t.Errorf("models in %v", regionsOf(got.Models))
	}
	retag := func(tags ...bedrocktypes.Tag) error {
		_, err := c.TagResource(t.Context(), &bedrock.TagResourceInput{ResourceARN: made.InferenceProfileArn, Tags: tags})
		return err
	}
	if err := retag(tag("useremail", "bar@example.com"), tag("New", "")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UntagResource(t.Context(), &bedrock.UntagResourceInput{ResourceARN: made.InferenceProfileArn, TagKeys: []string{"COSTCENTER", "none"}}); err != nil {
		t.Fatal(err)
	}
	tags, err := c.ListTagsForResource(t.Context(), &bedrock.ListTagsForResourceInput{ResourceARN: made.InferenceProfileArn})
	if err != nil || fmt.Sprint(shownTags(tags.Tags)) != "[New= useremail=bar@example.com]" {
		t.Errorf("%v, %v", shownTags(tags.Tags), err)
	}
}

func regionsOf(models []bedrocktypes.InferenceProfileModel) (regions []string) {
	for _, m := range models {
		regions = append(regions, strings.Split(*m.ModelArn, ":")[3])
	}
	return regions
}

func shownTags(tags []bedrocktypes.Tag) (list []string) {
	for _, t := range tags {
		list = append(list, *t.Key+"="+*t.Value)
	}
	return list
}

func TestSystemDefinedProfiles(t *testing.T) {
	w := start(t)
	c := w.bedrock(w.root)
	geographic, err := c.GetInferenceProfile(t.Context(), &bedrock.GetInferenceProfileInput{InferenceProfileIdentifier: aws.String("us." + haiku)})
	if err != nil || *geographic.InferenceProfileArn != "arn:aws:bedrock:us-west-2:123456789012:inference-profile/us."+haiku || geographic.Type != "SYSTEM_DEFINED" {
		t.Errorf("%+v, %v", geographic, err)
	}
	global, err := c.GetInferenceProfile(t.Context(), &bedrock.GetInferenceProfileInput{
		InferenceProfileIdentifier: aws.String("arn:aws:bedrock:us-west-2:123456789012:inference-profile/global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
	})
	if err != nil || !slices.Equal(regionsOf(global.Models), []string{"us-west-2", ""}) {
		t.Errorf("%+v, %v", global, err)
	}
	for _, elsewhere := range []string{"eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "us.none", "aaaaaaaaaaaa"} {
		_, err = c.GetInferenceProfile(t.Context(), &bedrock.GetInferenceProfileInput{InferenceProfileIdentifier: &elsewhere})
		refused(t, err, "ResourceNotFoundException", elsewhere)
	}
	_, err = c.DeleteInferenceProfile(t.Context(), &bedrock.DeleteInferenceProfileInput{InferenceProfileIdentifier: aws.String("us." + haiku)})
	refused(t, err, "ValidationException", "system-defined")
}

// Pages hold what there is, each once, in order, while others come and go.
func TestPagesOfInferenceProfiles(t *testing.T) {
	w := start(t)
	for i := range 5 {
		w.profile(w.root, fmt.Sprintf("P%d", i), modelARN+haiku)
	}
	var names []string
	in := &bedrock.ListInferenceProfilesInput{TypeEquals: "APPLICATION", MaxResults: aws.Int32(2)}
	for {
		out, err := w.bedrock(w.root).ListInferenceProfiles(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range out.InferenceProfileSummaries {
			names = append(names, *p.InferenceProfileName)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
		w.profile(w.root, fmt.Sprintf("A%d", len(names)), modelARN+haiku)
	}
	if fmt.Sprint(names) != "[P0 P1 P2 P3 P4]" {
		t.Errorf("pages: %v", names)
	}
	system := &bedrock.ListInferenceProfilesInput{MaxResults: aws.Int32(7)}
	count, pager := 0, bedrock.NewListInferenceProfilesPaginator(w.bedrock(w.root), system)
	for pager.HasMorePages() {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		count += len(page.InferenceProfileSummaries)
	}
	if count < 20 {
		t.Errorf("%d system-defined profiles", count)
	}
	for _, bad := range []*bedrock.ListInferenceProfilesInput{
		{MaxResults: aws.Int32(0)}, {MaxResults: aws.Int32(1001)}, {NextToken: aws.String("zzz")}, {TypeEquals: "OTHER"},
	} {
		_, err := w.bedrock(w.root).ListInferenceProfiles(t.Context(), bad)
		refused(t, err, "ValidationException", "")
	}
}

// What is wrong is said in AWS's words, and changes nothing.
func TestBadInferenceProfiles(t *testing.T) {
	w := start(t, func(o *server.Options) { o.MaxProfiles = 2 })
	own := w.profile(w.root, "Own", modelARN+haiku, tag("a", "b"))
	var many []bedrocktypes.Tag
	for i := range 51 {
		many = append(many, tag(fmt.Sprint("k", i), "v"))
	}
	type in = bedrock.CreateInferenceProfileInput
	for name, tt := range map[string]struct {
		change     func(*in)
		code, text string
	}{
		"no name":             {func(i *in) { i.InferenceProfileName = aws.String("") }, "ValidationException", "inferenceProfileName"},
		"a name of 65":        {func(i *in) { i.InferenceProfileName = aws.String(strings.Repeat("x", 65)) }, "ValidationException", "less than or equal to 64"},
		"a name with a dot":   {func(i *in) { i.InferenceProfileName = aws.String("a.b") }, "ValidationException", "([0-9a-zA-Z][ _-]?)+"},
		"a bad description":   {func(i *in) { i.Description = aws.String("!") }, "ValidationException", "description"},
		"51 tags":             {func(i *in) { i.Tags = many }, "TooManyTagsException", "50"},
		"a reserved tag":      {func(i *in) { i.Tags = []bedrocktypes.Tag{tag("AWS:x", "y")} }, "ValidationException", "reserved"},
		"keys alike":          {func(i *in) { i.Tags = []bedrocktypes.Tag{tag("k", "y"), tag("K", "z")} }, "ValidationException", "Duplicate tag keys found"},
		"a tag with a star":   {func(i *in) { i.Tags = []bedrocktypes.Tag{tag("k", "*")} }, "ValidationException", "tags.member.value"},
		"a bare id":           {func(i *in) { i.ModelSource = copyOf(haiku) }, "ValidationException", "The provided model identifier is invalid."},
		"a profile's profile": {func(i *in) { i.ModelSource = copyOf(own) }, "ValidationException", "cannot be copied"},
		"an unknown model":    {func(i *in) { i.ModelSource = copyOf(modelARN + "x.y") }, "ResourceNotFoundException", "x.y"},
		"profile-only":        {func(i *in) { i.ModelSource = copyOf(modelARN + "anthropic.claude-sonnet-4-5-20250929-v1:0") }, "ValidationException", "on demand"},
		"of another region":   {func(i *in) { i.ModelSource = copyOf(strings.Replace(modelARN, "west-2", "east-1", 1) + haiku) }, "ValidationException", "another region"},
		"of another account": {func(i *in) {
			i.ModelSource = copyOf("arn:aws:bedrock:us-west-2:999999999999:inference-profile/us." + haiku)
		}, "ValidationException", "another account"},
		"a profile elsewhere": {func(i *in) {
			i.ModelSource = copyOf("arn:aws:bedrock:us-west-2:123456789012:inference-profile/eu." + haiku)
		}, "ResourceNotFoundException", "eu."},
		"not Bedrock's at all": {func(i *in) { i.ModelSource = copyOf("arn:aws:iam::123456789012:user/foo") }, "ValidationException", "is neither"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := &in{InferenceProfileName: aws.String("New"), ModelSource: copyOf(modelARN + haiku)}
			tt.change(bad)
			before := w.database()
			_, err := w.bedrock(w.root).CreateInferenceProfile(t.Context(), bad)
			refused(t, err, tt.code, tt.text)
			if w.database() != before {
				t.Error("something was written")
			}
		})
	}
	_, err := w.bedrock(w.root).TagResource(t.Context(), &bedrock.TagResourceInput{ResourceARN: &own, Tags: many[:50]})
	refused(t, err, "TooManyTagsException", "50")
	for _, resource := range []string{"x", modelARN + haiku, "arn:aws:bedrock:us-west-2:123456789012:inference-profile/us." + haiku, "arn:aws:iam::123456789012:user/foo"} {
		_, err := w.bedrock(w.root).TagResource(t.Context(), &bedrock.TagResourceInput{ResourceARN: &resource, Tags: many[:1]})
		refused(t, err, "ValidationException", "")
	}
	gone := "arn:aws:bedrock:us-west-2:123456789012:guardrail/abc"
	_, err = w.bedrock(w.root).ListTagsForResource(t.Context(), &bedrock.ListTagsForResourceInput{ResourceARN: &gone})
	refused(t, err, "ResourceNotFoundException", gone)
	w.profile(w.root, "Second", modelARN+haiku)
	_, err = w.tryProfile(w.root, "Third", modelARN+haiku)
	refused(t, err, "ServiceQuotaExceededException", "2 application inference profiles in us-west-2")
}

// Another account's profile is nobody's to use, root included.
func TestAnothersInferenceProfile(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	const others = "arn:aws:bedrock:us-west-2:999999999999:application-inference-profile/aaaaaaaaaaaa"
	_, err := w.bedrock(foo).GetInferenceProfile(t.Context(), &bedrock.GetInferenceProfileInput{InferenceProfileIdentifier: aws.String(others)})
	refused(t, err, "AccessDeniedException", "bedrock:GetInferenceProfile on resource: "+others+" because no resource-based policy allows")
	_, err = w.bedrock(foo).TagResource(t.Context(), &bedrock.TagResourceInput{ResourceARN: aws.String(others), Tags: []bedrocktypes.Tag{email("foo")}})
	refused(t, err, "AccessDeniedException", others)
}

// Of many who make a profile of one name at once, one does; and deleting while
// it is in use breaks nothing.
func TestInferenceProfilesAtOnce(t *testing.T) {
	w := start(t)
	var wait sync.WaitGroup
	made := make(chan string, 8)
	for range 8 {
		wait.Go(func() {
			own, err := w.tryProfile(w.root, "Same", modelARN+haiku)
			var api smithy.APIError
			switch {
			case err == nil:
				made <- own
			case !errors.As(err, &api) || api.ErrorCode() != "ConflictException":
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if len(made) != 1 {
		t.Fatalf("%d were made", len(made))
	}
	own := <-made
	for range 4 {
		wait.Go(func() {
			for range 5 {
				_, err := w.converse(w.root, own)
				var api smithy.APIError
				if err != nil && (!errors.As(err, &api) || api.ErrorCode() != "ValidationException") {
					t.Error(err)
				}
			}
		})
	}
	_, err := w.bedrock(w.root).DeleteInferenceProfile(t.Context(), &bedrock.DeleteInferenceProfileInput{InferenceProfileIdentifier: &own})
	if err != nil {
		t.Error(err)
	}
	wait.Wait()
	_, err = w.converse(w.root, own)
	refused(t, err, "ValidationException", "The provided model identifier is invalid.")
}

// The answer's bytes: status 201, and times as the control plane writes them.
func TestInferenceProfilesOnTheWire(t *testing.T) {
	w := start(t)
	r := profileRequests()["bedrock:CreateInferenceProfile"]
	r.Key = w.root
	a := w.send(r)
	a.is(t, http.StatusCreated, `"status":"ACTIVE"`)
	var made struct{ InferenceProfileArn string }
	if err := json.Unmarshal([]byte(a.Body), &made); err != nil {
		t.Fatal(err)
	}
	got := w.send(request{Method: http.MethodGet, Path: "/inference-profiles/" + made.InferenceProfileArn, Key: w.root})
	got.is(t, http.StatusOK, `"type":"APPLICATION"`, `"createdAt":"20`, `"modelArn":"`+modelARN+haiku+`"`)
}

// profileIn makes a profile in a region, as the root user.
func (w *world) profileIn(region, name, source string) string {
	w.t.Helper()
	out, err := bedrock.NewFromConfig(w.config(w.root, region)).CreateInferenceProfile(w.t.Context(), &bedrock.CreateInferenceProfileInput{
		InferenceProfileName: &name, ModelSource: copyOf(source),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.InferenceProfileArn
}
