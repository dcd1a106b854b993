// An echo server without packages: sends each text message back, and calls out "Hello?" once.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

function frame(opcode, data) {
  return Buffer.concat([Buffer.from([0x80 | opcode, data.length]), data]); // short messages only
}

function* frames(state) {
  while (state.buffer.length >= 6) {
    const length = state.buffer[1] & 0x7f; // clients mask, and these messages are short
    if (state.buffer.length < 6 + length) return;
    const mask = state.buffer.subarray(2, 6);
    const data = Buffer.from(state.buffer.subarray(6, 6 + length).map((byte, index) => byte ^ mask[index % 4]));
    const opcode = state.buffer[0] & 0x0f;
    state.buffer = state.buffer.subarray(6 + length);
    yield { opcode, data };
  }
}

const server = createServer();
server.on("upgrade", (request, socket) => {
  const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + GUID).digest("base64");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.write(frame(1, Buffer.from("Hello?")));
  const state = { buffer: Buffer.alloc(0) };
  socket.on("data", (chunk) => {
    state.buffer = Buffer.concat([state.buffer, chunk]);
    for (const { opcode, data } of frames(state)) {
      socket.write(frame(opcode === 9 ? 10 : opcode, data)); // a ping is answered by a pong, anything else by itself
      if (opcode === 8) socket.end();
    }
  });
  socket.on("error", () => {});
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
