package iam_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/token"
)

func bedrockKey(user string) *awsiam.CreateServiceSpecificCredentialInput {
	return &awsiam.CreateServiceSpecificCredentialInput{UserName: &user, ServiceName: aws.String("bedrock.amazonaws.com")}
}

func TestAccessKeyLife(t *testing.T) {
	w := newWorld(t)
	name := aws.String("jane")
	jane := w.user("jane", allow("*", "iam:ListUsers"))
	call(t, jane.ListUsers, &awsiam.ListUsersInput{})
	key := call(t, w.root.ListAccessKeys, &awsiam.ListAccessKeysInput{UserName: name}).AccessKeyMetadata[0]
	equal(t, "status", key.Status, types.StatusTypeActive)

	used := call(t, w.root.GetAccessKeyLastUsed, &awsiam.GetAccessKeyLastUsedInput{AccessKeyId: key.AccessKeyId})
	equal(t, "user", *used.UserName, "jane")
	equal(t, "service", *used.AccessKeyLastUsed.ServiceName, "iam")

	second := call(t, w.root.CreateAccessKey, &awsiam.CreateAccessKeyInput{UserName: name}).AccessKey
	unused := call(t, w.root.GetAccessKeyLastUsed, &awsiam.GetAccessKeyLastUsedInput{AccessKeyId: second.AccessKeyId})
	equal(t, "unused", *unused.AccessKeyLastUsed.Region, "N/A")
	refuse(t, w.root.CreateAccessKey, &awsiam.CreateAccessKeyInput{UserName: name}, 409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")

	call(t, w.root.UpdateAccessKey, &awsiam.UpdateAccessKeyInput{UserName: name, AccessKeyId: key.AccessKeyId, Status: types.StatusTypeInactive})
	refuse(t, jane.ListUsers, &awsiam.ListUsersInput{}, 403, "InvalidClientTokenId", "")
	call(t, w.root.UpdateAccessKey, &awsiam.UpdateAccessKeyInput{UserName: name, AccessKeyId: key.AccessKeyId, Status: types.StatusTypeActive})
	call(t, jane.ListUsers, &awsiam.ListUsersInput{})
	refuse(t, w.root.UpdateAccessKey, &awsiam.UpdateAccessKeyInput{UserName: name, AccessKeyId: key.AccessKeyId, Status: "Expired"}, 400, "ValidationError",
		"1 validation error detected: Value 'Expired' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]")

	w.user("bob", "")
	refuse(t, w.root.DeleteAccessKey, &awsiam.DeleteAccessKeyInput{UserName: aws.String("bob"), AccessKeyId: key.AccessKeyId}, 404, "NoSuchEntity", "The Access Key with id "+*key.AccessKeyId+" cannot be found.")
	refuse(t, w.root.DeleteAccessKey, &awsiam.DeleteAccessKeyInput{AccessKeyId: key.AccessKeyId}, 404, "NoSuchEntity", "") // without a name it would be root's
	call(t, w.root.DeleteAccessKey, &awsiam.DeleteAccessKeyInput{UserName: name, AccessKeyId: key.AccessKeyId})
	refuse(t, jane.ListUsers, &awsiam.ListUsersInput{}, 403, "InvalidClientTokenId", "")
	refuse(t, w.root.GetAccessKeyLastUsed, &awsiam.GetAccessKeyLastUsedInput{AccessKeyId: key.AccessKeyId}, 404, "NoSuchEntity", "")
}

func TestBedrockKeyLife(t *testing.T) {
	w := newWorld(t)
	name := aws.String("BedrockAPIKey-x1y2")
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: name})
	in := bedrockKey(*name)
	in.CredentialAgeDays = aws.Int32(30)
	made := call(t, w.root.CreateServiceSpecificCredential, in).ServiceSpecificCredential
	equal(t, "alias", *made.ServiceCredentialAlias, "BedrockAPIKey-x1y2-at-"+account)
	equal(t, "expires", made.ExpirationDate.Equal(w.now.Add(30*24*time.Hour)), true)
	if !strings.HasPrefix(*made.ServiceCredentialSecret, "ABSK") || made.ServicePassword != nil || made.ServiceUserName != nil {
		t.Errorf("the key's text belongs into ServiceCredentialSecret: %+v", made)
	}
	equal(t, "is accepted", w.accepts(*made.ServiceCredentialSecret), true)

	never := call(t, w.root.CreateServiceSpecificCredential, bedrockKey(*name)).ServiceSpecificCredential
	equal(t, "second alias", *never.ServiceCredentialAlias, "BedrockAPIKey-x1y2+1-at-"+account)
	equal(t, "never expires", never.ExpirationDate == nil, true)
	refuse(t, w.root.CreateServiceSpecificCredential, in, 409, "LimitExceeded", "Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2")

	reset := call(t, w.root.ResetServiceSpecificCredential, &awsiam.ResetServiceSpecificCredentialInput{
		UserName: name, ServiceSpecificCredentialId: made.ServiceSpecificCredentialId,
	}).ServiceSpecificCredential
	equal(t, "old text", w.accepts(*made.ServiceCredentialSecret), false)
	equal(t, "new text", w.accepts(*reset.ServiceCredentialSecret), true)
	equal(t, "same expiry", reset.ExpirationDate.Equal(*made.ExpirationDate), true)

	call(t, w.root.UpdateServiceSpecificCredential, &awsiam.UpdateServiceSpecificCredentialInput{
		UserName: name, ServiceSpecificCredentialId: never.ServiceSpecificCredentialId, Status: types.StatusTypeInactive,
	})
	w.now = w.now.Add(30 * 24 * time.Hour)
	statuses := map[string]types.StatusType{}
	for _, c := range call(t, w.root.ListServiceSpecificCredentials, &awsiam.ListServiceSpecificCredentialsInput{UserName: name}).ServiceSpecificCredentials {
		statuses[*c.ServiceSpecificCredentialId] = c.Status
		equal(t, "listed user", *c.UserName, *name)
	}
	equal(t, "past its time", statuses[*made.ServiceSpecificCredentialId], types.StatusTypeExpired)
	equal(t, "switched off", statuses[*never.ServiceSpecificCredentialId], types.StatusTypeInactive)

	call(t, w.root.DeleteServiceSpecificCredential, &awsiam.DeleteServiceSpecificCredentialInput{UserName: name, ServiceSpecificCredentialId: made.ServiceSpecificCredentialId})
	equal(t, "deleted", w.accepts(*reset.ServiceCredentialSecret), false)
	again := call(t, w.root.CreateServiceSpecificCredential, in).ServiceSpecificCredential
	equal(t, "the alias is free again", *again.ServiceCredentialAlias, "BedrockAPIKey-x1y2-at-"+account)
}

// accepts tells whether a key's text is one that is stored.
func (w *world) accepts(text string) bool {
	alias, hash, err := token.ParseAPIKey(text)
	must(w.t, err)
	credential, _, ok := w.db.Directory().ServiceCredential(alias)
	return ok && token.SameHash(credential.Hash, hash)
}

func TestCredentialRefusals(t *testing.T) {
	w := newWorld(t)
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("jane")})
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("bob")})
	made := call(t, w.root.CreateServiceSpecificCredential, bedrockKey("jane")).ServiceSpecificCredential.ServiceSpecificCredentialId

	in := bedrockKey("jane")
	in.ServiceName = aws.String("codecommit.amazonaws.com")
	refuse(t, w.root.CreateServiceSpecificCredential, in, 404, "NotSupportedService", "")
	refuse(t, w.root.CreateServiceSpecificCredential, bedrockKey("nobody"), 404, "NoSuchEntity", "The user with name nobody cannot be found.")
	for days, text := range map[int32]string{0: "greater than or equal to 1", 36601: "less than or equal to 36600"} {
		in := bedrockKey("jane")
		in.CredentialAgeDays = aws.Int32(days)
		_, err := w.root.CreateServiceSpecificCredential(t.Context(), in)
		refused(t, err, 400, "ValidationError", "")
		if !strings.Contains(err.Error(), "at 'credentialAgeDays' failed to satisfy constraint: Member must have value "+text) {
			t.Error(err)
		}
	}
	other := &awsiam.DeleteServiceSpecificCredentialInput{UserName: aws.String("bob"), ServiceSpecificCredentialId: made}
	refuse(t, w.root.DeleteServiceSpecificCredential, other, 404, "NoSuchEntity", "No such credential "+*made+" exists")
	other.UserName = nil
	refuse(t, w.root.DeleteServiceSpecificCredential, other, 404, "NoSuchEntity", "")

	call(t, w.root.CreateServiceSpecificCredential, bedrockKey("bob"))
	all := call(t, w.root.ListServiceSpecificCredentials, &awsiam.ListServiceSpecificCredentialsInput{AllUsers: aws.Bool(true)})
	equal(t, "of all users", len(all.ServiceSpecificCredentials), 2)
	none := call(t, w.root.ListServiceSpecificCredentials, &awsiam.ListServiceSpecificCredentialsInput{AllUsers: aws.Bool(true), ServiceName: aws.String("codecommit.amazonaws.com")})
	equal(t, "of another service", len(none.ServiceSpecificCredentials), 0)
	refuse(t, w.root.ListServiceSpecificCredentials, &awsiam.ListServiceSpecificCredentialsInput{AllUsers: aws.Bool(true), UserName: aws.String("bob")}, 400, "ValidationError", "")
}

// A renamed user leaves an alias behind that another user's name would make.
func TestAliasOfARenamedUser(t *testing.T) {
	w := newWorld(t)
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("jane")})
	call(t, w.root.CreateServiceSpecificCredential, bedrockKey("jane"))
	call(t, w.root.UpdateUser, &awsiam.UpdateUserInput{UserName: aws.String("jane"), NewUserName: aws.String("joan")})
	call(t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: aws.String("jane")})
	made := call(t, w.root.CreateServiceSpecificCredential, bedrockKey("jane")).ServiceSpecificCredential
	equal(t, "alias", *made.ServiceCredentialAlias, "jane+1-at-"+account)
}
