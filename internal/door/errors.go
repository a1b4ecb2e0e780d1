package door

import (
	"errors"
	"net/http"

	"hardpan/internal/awserr"
	"hardpan/internal/store"
)

// AWS names the same failure differently by protocol: the query APIs (IAM,
// STS) have one code, the JSON services another. The texts are AWS's; the
// codes other than UnrecognizedClientException are from memory of its answers.

// failure is what the caller is told of err. The codes of a database that is
// away are those of IAM's common errors and of Bedrock's; the text is Hardpan's.
func (s *service) failure(err error) *awserr.Error {
	if !errors.Is(err, store.ErrUnavailable) {
		return awserr.From(err)
	}
	code := "ServiceUnavailable"
	if s.json() {
		code = "ServiceUnavailableException"
	}
	return awserr.New(code, http.StatusServiceUnavailable,
		"The database does not take changes now. Calls that change nothing are answered. Try again later.").Because(err)
}

// unknownKey is the answer to an access key that does not exist or is inactive,
// and to a session token that is not good: which, is not told.
func (s *service) unknownKey() *awserr.Error {
	return s.refuse("InvalidClientTokenId", "UnrecognizedClientException", "The security token included in the request is invalid.")
}

// expiredToken is the answer to a session whose time is over.
func (s *service) expiredToken() *awserr.Error {
	return s.refuse("ExpiredToken", "ExpiredTokenException", "The security token included in the request is expired")
}

func (s *service) refuse(queryCode, jsonCode, message string) *awserr.Error {
	code := queryCode
	if s.json() {
		code = jsonCode
	}
	return awserr.New(code, http.StatusForbidden, "%s", message)
}

// apiKeyRefused is the answer to an API key that is not good: one of AWS's
// front end, with its capital Message.
func apiKeyRefused(message string) *awserr.Error {
	e := awserr.New("AccessDeniedException", http.StatusForbidden, "%s", message)
	e.Authorizer = true
	return e
}

// noRegion is the answer to a call that does not say where it goes. Hardpan
// never guesses: a wrong region is worse than none.
func noRegion() *awserr.Error {
	return awserr.Validation("The request names no region and the API key has no home region. " +
		"Name one by the endpoint path (…/regions/us-west-2), by the host name (bedrock-runtime.us-west-2.…), " +
		"or make the key with a home region (hardpan key create --region us-west-2).")
}

// cutAnswer replaces an answer that broke off before any of it was sent.
func cutAnswer(cause error) *awserr.Error {
	return awserr.New("ServiceUnavailableException", http.StatusServiceUnavailable,
		"The model's answer broke off. Try the call again.").Because(cause)
}

// journalDown refuses an answer that could not be written down.
func journalDown(cause error) *awserr.Error {
	return awserr.New("ServiceUnavailableException", http.StatusServiceUnavailable,
		"The call could not be written to the journal, so its answer is withheld. The operator's log says why.").Because(cause)
}
