package hub

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"xpt/internal/usererror"
)

// transient wraps an error that a retry may resolve.
type transient struct{ error }

func (t transient) Unwrap() error { return t.error }

// wrong wraps the error of a complete response that is not the file. It is retried once.
type wrong struct{ error }

func (w wrong) Unwrap() error { return w.error }

// busy is a response that asks to retry later.
type busy struct {
	error
	after time.Duration // 0: unspecified
}

// errRange is the error of a range beyond the server's file.
var errRange = errors.New("the server has nothing from there on")

// errRedirect is the error of too many redirects, or of one to another scheme.
var errRedirect = errors.New("the hub leads on in a circle, or to where no file is fetched from")

// shown formats an address for a message, without password and signature.
func shown(u *url.URL) string {
	if len(u.RawQuery) > 40 {
		return u.Scheme + "://" + u.Host + u.Path
	}
	return u.Redacted()
}

// connectionError marks errors as transient, except wrong addresses and certificates.
func connectionError(err error) error {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Errorf("%w: is there a network, and is HF_ENDPOINT right?", err)
	case errors.Is(err, errRedirect), errors.Is(err, http.ErrSchemeMismatch),
		errors.As(err, new(*tls.CertificateVerificationError)), errors.As(err, new(tls.RecordHeaderError)):
		return usererror.Errorf("%w: is HF_ENDPOINT right?", err)
	}
	return transient{err}
}

// statusError is the error of a response's status.
func (c *Client) statusError(r *http.Response) error {
	address := shown(r.Request.URL)
	code, message := r.Header.Get("X-Error-Code"), r.Header.Get("X-Error-Message")
	if message != "" {
		message = ": " + message
	}
	switch {
	case r.StatusCode == http.StatusRequestedRangeNotSatisfiable && r.Request.Header.Get("Range") != "":
		return errRange
	case code == "GatedRepo":
		return usererror.Errorf("%s is gated: accept its terms on the hub, and set HF_TOKEN to a token of yours%s", address, message)
	case code == "RevisionNotFound" || code == "EntryNotFound":
		return usererror.Errorf("%s: %s%s", address, code, message)
	case r.StatusCode == http.StatusUnauthorized || r.StatusCode == http.StatusForbidden:
		if c.Token == "" {
			return usererror.Errorf("%s: %s: the repository does not exist, or is private or gated and needs HF_TOKEN%s", address, r.Status, message)
		}
		return usererror.Errorf("%s: %s: the repository does not exist, or the token has no right to it%s", address, r.Status, message)
	case r.StatusCode == http.StatusNotFound:
		return usererror.Errorf("%s: not found%s", address, message)
	case r.StatusCode == http.StatusTooManyRequests || r.StatusCode == http.StatusServiceUnavailable:
		return busy{fmt.Errorf("%s: %s%s", address, r.Status, message), retryAfter(r.Header.Get("Retry-After"))}
	case r.StatusCode >= 500:
		return transient{fmt.Errorf("%s: %s%s", address, r.Status, message)}
	default:
		return usererror.Errorf("%s: %s%s: a hub does not answer so: is HF_ENDPOINT right, and no proxy in between?", address, r.Status, message)
	}
}

// retryAfter parses the header Retry-After: seconds or a date.
func retryAfter(text string) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(time.Until(date), 0)
	}
	return 0
}

const (
	maxTries = 6               // without progress
	maxWait  = 5 * time.Minute // of a server's Retry-After
)

// retry runs try until it succeeds or its error is permanent. Tries without progress are limited, with exponential backoff.
func (c *Client) retry(ctx context.Context, try func() (progress bool, err error)) error {
	answers := map[string]bool{} // wrong ones, by error
	for failed := 1; ; failed++ {
		progress, err := try()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if progress {
			failed = 0
		}
		var later busy
		isBusy, isTransient, isWrong := errors.As(err, &later), errors.As(err, new(transient)), errors.As(err, new(wrong))
		if !isBusy && !isTransient && !isWrong || answers[err.Error()] {
			return err
		}
		answers[err.Error()] = isWrong
		if failed >= maxTries {
			return fmt.Errorf("given up after %d tries: %w", failed, err)
		}
		pause := time.Duration(float64(time.Second) * float64(int(1)<<max(failed-1, 0)) * (0.75 + rand.Float64()/2))
		if later.after > maxWait {
			return fmt.Errorf("asked to wait %v: %w", later.after, err)
		}
		if pause = max(pause, later.after); c.Warn != nil {
			c.Warn(fmt.Sprintf("%v: tried again in %v", err, pause.Round(time.Second)))
		}
		select {
		case <-c.wait(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
