// Verifies Ed25519 signatures for a validator, many at once: one equation for a whole batch costs a
// third of one for each. The rule is Ward's transaction rule (docs/protocol.md, "Signatures"), the
// same whether signatures are verified one by one or together.
//
// It listens on the unix socket that its one argument names and ends when its standard input does:
// with the node that started it, however that one ends. It keeps no secret and writes nothing.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519/extra/cache"
)

const (
	keyBytes       = ed25519.PublicKeySize
	signatureBytes = ed25519.SignatureSize
	lengthBytes    = 4
	// A request is at most a block of transactions.
	requestBytesMax = 16 << 20
	// Beyond this a batch saves nothing more.
	batchMax = 512
	// Below this a batch costs more than its signatures one by one.
	batchMin = 4
	// What has come and is not looked at yet.
	readBytes = 1 << 20
	// Keys that are kept ready for use: a few services sign most transactions.
	keysKept = 2048
	// When it holds more it collects what is not used; garbage is all that it makes.
	memoryBytes = 48 << 20
)

// S < L, canonical encodings, no key or R of small order, the equation with the cofactor.
var rule = &ed25519.Options{Verify: &ed25519.VerifyOptions{}}

var keys = cache.NewVerifier(cache.NewLRUCache(keysKept))

// Names the sources that this was built from; written into the program when it is linked.
var stamp = "unknown"

var errMalformed = errors.New("a request that is none")

type signed struct {
	key, signature, message []byte
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("%s: give the path of the socket", stamp))
	}
	debug.SetMemoryLimit(memoryBytes)
	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		fail(err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail(err)
		}
		go serve(connection)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// Answers the requests of one connection in their order.
func serve(connection net.Conn) {
	defer connection.Close()
	reader := bufio.NewReaderSize(connection, readBytes)
	for {
		requests, err := readRequests(reader)
		if err != nil {
			return
		}
		if _, err := connection.Write(answer(requests)); err != nil {
			return
		}
	}
}

// Waits for a request, and takes those that have come behind it, as far as they make one batch.
func readRequests(reader *bufio.Reader) ([]signed, error) {
	all, err := readRequest(reader, nil)
	for err == nil && len(all) < batchMax && hasRequest(reader) {
		all, err = readRequest(reader, all)
	}
	return all, err
}

func hasRequest(reader *bufio.Reader) bool {
	if reader.Buffered() < lengthBytes {
		return false
	}
	head, err := reader.Peek(lengthBytes)
	return err == nil && reader.Buffered()-lengthBytes >= int(binary.LittleEndian.Uint32(head))
}

// A request is its length, then for each signature the key, the signature, the length of the
// message and the message. Numbers have 4 bytes, the least significant first.
func readRequest(reader *bufio.Reader, all []signed) ([]signed, error) {
	var head [lengthBytes]byte
	if _, err := io.ReadFull(reader, head[:]); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size > requestBytesMax {
		return nil, errMalformed
	}
	rest := make([]byte, size)
	if _, err := io.ReadFull(reader, rest); err != nil {
		return nil, err
	}
	for len(rest) > 0 {
		if len(rest) < keyBytes+signatureBytes+lengthBytes {
			return nil, errMalformed
		}
		key, signature := rest[:keyBytes], rest[keyBytes:keyBytes+signatureBytes]
		rest = rest[keyBytes+signatureBytes:]
		length := binary.LittleEndian.Uint32(rest)
		rest = rest[lengthBytes:]
		if uint64(length) > uint64(len(rest)) {
			return nil, errMalformed
		}
		all = append(all, signed{key, signature, rest[:length]})
		rest = rest[length:]
	}
	return all, nil
}

// One byte for each signature: 1 where it fits, 0 where it does not.
func answer(all []signed) []byte {
	verdicts := make([]byte, len(all))
	if len(all) >= batchMin && fitTogether(all) {
		for i := range verdicts {
			verdicts[i] = 1
		}
		return verdicts
	}
	for i, one := range all {
		if keys.VerifyWithOptions(one.key, one.message, one.signature, rule) {
			verdicts[i] = 1
		}
	}
	return verdicts
}

func fitTogether(all []signed) bool {
	batch := ed25519.NewBatchVerifierWithCapacity(len(all))
	for _, one := range all {
		keys.AddWithOptions(batch, one.key, one.message, one.signature, rule)
	}
	return batch.VerifyBatchOnly(nil)
}
