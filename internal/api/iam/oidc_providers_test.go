package iam_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const providerARN = "arn:aws:iam::" + account + ":oidc-provider/"

func TestOIDCProviderLife(t *testing.T) {
	w := newWorld(t)
	pin := strings.Repeat("AB", 20)
	made := call(t, w.root.CreateOpenIDConnectProvider, &awsiam.CreateOpenIDConnectProviderInput{
		Url: aws.String("https://login.example.com/tenant"), ClientIDList: []string{"b", "a"}, ThumbprintList: []string{pin},
		Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	})
	arn := made.OpenIDConnectProviderArn
	equal(t, "arn", *arn, providerARN+"login.example.com/tenant")
	equal(t, "tag", *made.Tags[0].Key, "k")
	get := func() *awsiam.GetOpenIDConnectProviderOutput {
		t.Helper()
		return call(t, w.root.GetOpenIDConnectProvider, &awsiam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
	}
	got := get()
	equal(t, "url", *got.Url, "login.example.com/tenant")
	equal(t, "clients", fmt.Sprint(got.ClientIDList), "[a b]")
	equal(t, "thumbprints", fmt.Sprint(got.ThumbprintList), "["+strings.ToLower(pin)+"]")
	equal(t, "made", got.CreateDate.Equal(w.now), true)
	refuseWith(t, w.root.CreateOpenIDConnectProvider, &awsiam.CreateOpenIDConnectProviderInput{Url: aws.String("https://login.example.com/tenant")},
		409, "EntityAlreadyExists", "Provider with url https://login.example.com/tenant already exists.")

	for _, id := range []string{"c", "c"} { // twice is as good as once
		call(t, w.root.AddClientIDToOpenIDConnectProvider, &awsiam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: &id})
	}
	for _, id := range []string{"a", "a"} {
		call(t, w.root.RemoveClientIDFromOpenIDConnectProvider, &awsiam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: &id})
	}
	call(t, w.root.UpdateOpenIDConnectProviderThumbprint, &awsiam.UpdateOpenIDConnectProviderThumbprintInput{
		OpenIDConnectProviderArn: arn, ThumbprintList: []string{strings.Repeat("0", 40), strings.Repeat("1", 40)},
	})
	got = get()
	equal(t, "clients", fmt.Sprint(got.ClientIDList), "[b c]")
	equal(t, "thumbprints", len(got.ThumbprintList), 2)

	call(t, w.root.TagOpenIDConnectProvider, &awsiam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, Tags: []types.Tag{{Key: aws.String("K2"), Value: aws.String("")}}})
	call(t, w.root.UntagOpenIDConnectProvider, &awsiam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, TagKeys: []string{"K"}})
	tags := call(t, w.root.ListOpenIDConnectProviderTags, &awsiam.ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: arn, MaxItems: aws.Int32(1)})
	equal(t, "tags", len(tags.Tags) == 1 && *tags.Tags[0].Key == "K2" && !tags.IsTruncated, true)

	list := call(t, w.root.ListOpenIDConnectProviders, &awsiam.ListOpenIDConnectProvidersInput{}).OpenIDConnectProviderList
	equal(t, "list", len(list) == 1 && *list[0].Arn == *arn, true)
	equal(t, "summary", call(t, w.root.GetAccountSummary, &awsiam.GetAccountSummaryInput{}).SummaryMap["Providers"], 1)
	for range 2 {
		call(t, w.root.DeleteOpenIDConnectProvider, &awsiam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
	}
	refuseWith(t, w.root.GetOpenIDConnectProvider, &awsiam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn},
		404, "NoSuchEntity", "OpenIDConnect Provider not found for arn "+*arn)
}

func TestProvidersThatAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, url := range []string{
		"http://example.com", "example.com", "https://", "https://example.com?x=1", "https://example.com?", "https://example.com#x",
		"https://me@example.com", "https://Example.com", "https://example.com/*", "https://example.com/a,b", "file:///etc/passwd",
	} {
		refuseWith(t, w.root.CreateOpenIDConnectProvider, &awsiam.CreateOpenIDConnectProviderInput{Url: &url}, 400, "InvalidInput", "Invalid Open ID Connect Provider URL")
	}
	url := aws.String("https://example.com")
	refuseWith(t, w.root.CreateOpenIDConnectProvider, &awsiam.CreateOpenIDConnectProviderInput{Url: url, ThumbprintList: []string{"abc"}}, 400, "ValidationError", "length greater than or equal to 40")
	refuseWith(t, w.root.CreateOpenIDConnectProvider, &awsiam.CreateOpenIDConnectProviderInput{Url: url, ThumbprintList: []string{strings.Repeat("x", 40)}}, 400, "ValidationError", "regular expression")
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprintf("%040d", i)
	}
	refuseWith(t, w.root.CreateOpenIDConnectProvider, &awsiam.CreateOpenIDConnectProviderInput{Url: url, ThumbprintList: many[:6]}, 400, "InvalidInput", "fewer than 6")
	refuseWith(t, w.root.CreateOpenIDConnectProvider, &awsiam.CreateOpenIDConnectProviderInput{Url: url, ClientIDList: many}, 409, "LimitExceeded", "ClientIdsPerOpenIdConnectProvider: 100")
	refuseWith(t, w.root.GetOpenIDConnectProvider, &awsiam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(userARN("x-------------------"))}, 400, "ValidationError", "is not valid")
	for i := range 100 {
		call(t, w.root.CreateOpenIDConnectProvider, &awsiam.CreateOpenIDConnectProviderInput{Url: aws.String(fmt.Sprintf("https://example.com/%d", i))})
	}
	refuseWith(t, w.root.CreateOpenIDConnectProvider, &awsiam.CreateOpenIDConnectProviderInput{Url: url}, 409, "LimitExceeded", "OpenIdConnectProvidersPerAccount: 100")
}

func TestProvidersAreAuthorized(t *testing.T) {
	w := newWorld(t)
	call(t, w.root.CreateOpenIDConnectProvider, &awsiam.CreateOpenIDConnectProviderInput{
		Url: aws.String("https://example.com/a"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("red")}},
	})
	jane := w.user("jane", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"iam:*OpenIDConnectProvider*","Resource":"`+providerARN+`example.com/*","Condition":{"StringEquals":{"aws:ResourceTag/team":"red"}}},
		{"Effect":"Allow","Action":"iam:CreateOpenIDConnectProvider","Resource":"`+providerARN+`example.com/*"}]}`)
	call(t, jane.GetOpenIDConnectProvider, &awsiam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(providerARN + "example.com/a")})
	refuseWith(t, jane.GetOpenIDConnectProvider, &awsiam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(providerARN + "example.com/b")},
		403, "AccessDenied", "iam:GetOpenIDConnectProvider on resource: "+providerARN+"example.com/b")
	refuseWith(t, jane.ListOpenIDConnectProviders, &awsiam.ListOpenIDConnectProvidersInput{}, 403, "AccessDenied", "on resource: "+providerARN+"*")
	refuseWith(t, jane.CreateOpenIDConnectProvider, &awsiam.CreateOpenIDConnectProviderInput{
		Url: aws.String("https://example.com/b"), Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
	}, 403, "AccessDenied", "iam:TagOpenIDConnectProvider on resource: "+providerARN+"example.com/b")
	call(t, jane.CreateOpenIDConnectProvider, &awsiam.CreateOpenIDConnectProviderInput{Url: aws.String("https://example.com/b")})
}
