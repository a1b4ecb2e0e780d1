package iam_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func TestAuthorizationDetails(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"b", "a"} {
		call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: &name})
		call(t, w.root.CreateGroup, &awsiam.CreateGroupInput{GroupName: &name})
		call(t, w.root.CreateRole, &awsiam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(trust("*"))})
		call(t, w.root.CreatePolicy, &awsiam.CreatePolicyInput{PolicyName: &name, PolicyDocument: aws.String(allow("*", "s3:*"))})
		call(t, w.root.PutUserPolicy, &awsiam.PutUserPolicyInput{UserName: &name, PolicyName: aws.String("p"), PolicyDocument: aws.String(allow("*", "s3:*"))})
	}
	call(t, w.root.AddUserToGroup, &awsiam.AddUserToGroupInput{UserName: aws.String("a"), GroupName: aws.String("b")})
	call(t, w.root.AttachRolePolicy, &awsiam.AttachRolePolicyInput{RoleName: aws.String("a"), PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")})

	walk := func(size int32, filter ...types.EntityType) string {
		var seen []string
		in := &awsiam.GetAccountAuthorizationDetailsInput{MaxItems: &size, Filter: filter}
		for {
			out := call(t, w.root.GetAccountAuthorizationDetails, in)
			for _, u := range out.UserDetailList {
				document, err := url.PathUnescape(*u.UserPolicyList[0].PolicyDocument)
				must(t, err)
				equal(t, "document", document, allow("*", "s3:*"))
				seen = append(seen, "u:"+*u.UserName+strings.Join(u.GroupList, ","))
			}
			for _, g := range out.GroupDetailList {
				seen = append(seen, "g:"+*g.GroupName)
			}
			for _, r := range out.RoleDetailList {
				seen = append(seen, "r:"+*r.RoleName)
				for _, p := range r.AttachedManagedPolicies {
					seen = append(seen, "+"+*p.PolicyName)
				}
			}
			for _, p := range out.Policies {
				seen = append(seen, "p:"+*p.PolicyName)
			}
			if in.Marker = out.Marker; !out.IsTruncated {
				return strings.Join(seen, " ")
			}
		}
	}
	const all = "u:ab u:b g:a g:b r:a +AdministratorAccess r:b p:AdministratorAccess p:a p:b"
	equal(t, "one page", walk(100), all)
	for size := range int32(9) {
		equal(t, "pages", walk(size+1), all)
	}
	equal(t, "filtered", walk(1, types.EntityTypeGroup, types.EntityTypeLocalManagedPolicy), "g:a g:b p:a p:b")
	equal(t, "AWS's", walk(1, types.EntityTypeAWSManagedPolicy), "p:AdministratorAccess")
}
