// A WebSocket client of nothing but Node: sends one text, and prints what comes, one JSON value a line.
import { randomBytes } from "node:crypto";
import { request } from "node:http";

const [url, text] = process.argv.slice(2);
const say = (value) => console.log(JSON.stringify(value));

function masked(opcode, payload) {
  const mask = randomBytes(4);
  const body = Buffer.from(payload.map((byte, place) => byte ^ mask[place % 4]));
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | body.length]), mask, body]);
}

function frame(buffer) {
  if (buffer.length < 2) return null;
  const short = buffer[1] & 0x7f;
  if (short === 127) throw new Error("longer than this client reads");
  const start = short === 126 ? 4 : 2;
  if (buffer.length < start) return null;
  const end = start + (short === 126 ? buffer.readUInt16BE(2) : short);
  return buffer.length < end ? null : { opcode: buffer[0] & 0x0f, payload: buffer.subarray(start, end), end };
}

function take({ opcode, payload }, socket) {
  if (opcode === 1) say({ text: payload.toString() });
  if (opcode === 2) say({ base64: payload.toString("base64") });
  if (opcode === 8) {
    say({ code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() });
    socket.end(masked(8, payload));
  }
}

const asking = request(url.replace("ws:", "http:"), {
  headers: {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
  },
});
asking.on("upgrade", (_, socket, head) => {
  let buffer = head;
  const read = () => {
    for (let next = frame(buffer); next !== null; next = frame(buffer)) {
      buffer = buffer.subarray(next.end);
      take(next, socket);
    }
  };
  socket.on("data", (data) => {
    buffer = Buffer.concat([buffer, data]);
    read();
  });
  socket.write(masked(1, Buffer.from(text)));
  read();
});
asking.end();
