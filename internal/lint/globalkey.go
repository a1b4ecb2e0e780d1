package lint

import "strings"

// presence says when a request has a global condition key.
type presence bool

const (
	always presence = true
	mayNot presence = false
)

// globalKeys are AWS's global condition keys in lower case, and whether every
// request has them (IAM User Guide, "AWS global condition context keys"; the list
// and the presence are from memory). The keys of tags are not among them.
var globalKeys = map[string]presence{
	"aws:calledvia": mayNot, "aws:calledviafirst": mayNot, "aws:calledvialast": mayNot,
	"aws:currenttime": always, "aws:epochtime": always, "aws:securetransport": always,
	"aws:requestedregion": always, "aws:sourceip": mayNot, "aws:useragent": mayNot, "aws:referer": mayNot,
	"aws:principalarn": always, "aws:principalaccount": always, "aws:principaltype": always, "aws:userid": always,
	"aws:principalisawsservice": always, "aws:viaawsservice": always, "aws:username": mayNot,
	"aws:principalorgid": mayNot, "aws:principalorgpaths": mayNot, "aws:principalservicename": mayNot,
	"aws:principalservicenameslist": mayNot, "aws:federatedprovider": mayNot, "aws:sourceidentity": mayNot,
	"aws:multifactorauthpresent": mayNot, "aws:multifactorauthage": mayNot, "aws:tokenissuetime": mayNot,
	"aws:chatbotsourcearn": mayNot, "aws:ec2instancesourcevpc": mayNot, "aws:ec2instancesourceprivateipv4": mayNot,
	"aws:assumedroot": mayNot, "aws:isrequestingcloudformationstack": mayNot,
	"aws:resourceaccount": mayNot, "aws:resourceorgid": mayNot, "aws:resourceorgpaths": mayNot,
	"aws:sourceaccount": mayNot, "aws:sourcearn": mayNot, "aws:sourceorgid": mayNot, "aws:sourceorgpaths": mayNot,
	"aws:sourceowner": mayNot, "aws:sourcevpc": mayNot, "aws:sourcevpcarn": mayNot, "aws:sourcevpce": mayNot,
	"aws:vpcsourceip": mayNot, "aws:vpceaccount": mayNot, "aws:vpceorgid": mayNot, "aws:vpceorgpaths": mayNot,
	"aws:tagkeys": mayNot,
}

// globalNames are the global keys as AWS writes those that people mistype.
var globalNames = []string{
	"aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "aws:CurrentTime", "aws:EpochTime", "aws:SecureTransport",
	"aws:RequestedRegion", "aws:SourceIp", "aws:UserAgent", "aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType",
	"aws:userid", "aws:username", "aws:PrincipalIsAWSService", "aws:ViaAWSService", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths",
	"aws:FederatedProvider", "aws:SourceIdentity", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TokenIssueTime",
	"aws:ResourceAccount", "aws:ResourceOrgID", "aws:SourceAccount", "aws:SourceArn", "aws:SourceVpc", "aws:SourceVpce",
	"aws:VpcSourceIp", "aws:TagKeys", "aws:RequestTag/", "aws:ResourceTag/", "aws:PrincipalTag/",
}

// The keys of tags, in lower case, without the tag's name.
const (
	resourceTagKey  = "aws:resourcetag/"
	requestTagKey   = "aws:requesttag/"
	principalTagKey = "aws:principaltag/"
	tagKeysKey      = "aws:tagkeys"
)

// tagName is the name of the tag in a key that begins with prefix.
func tagName(key, prefix string) (string, bool) {
	if len(key) > len(prefix) && strings.EqualFold(key[:len(prefix)], prefix) {
		return key[len(prefix):], true
	}
	return "", false
}

// isGlobal reports whether key is one that any service's requests may have, those
// of the request's and the resource's tags left out.
func isGlobal(key string) bool {
	lower := strings.ToLower(key)
	if lower == tagKeysKey {
		return false
	}
	_, known := globalKeys[lower]
	_, tag := tagName(lower, principalTagKey)
	return known || tag
}

// isAlways reports whether every request has the key.
func isAlways(key string) bool { return bool(globalKeys[strings.ToLower(key)]) }
