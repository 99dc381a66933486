// Google's in-memory Pub/Sub server for tests, on a free port of 127.0.0.1. Says its address, and ends when its input does.
package main

import (
	"fmt"
	"io"
	"os"

	"cloud.google.com/go/pubsub/pstest"
)

func main() {
	server := pstest.NewServer()
	fmt.Println(server.Addr)
	io.Copy(io.Discard, os.Stdin)
}
