// The WebSocket that Node has built in, as browsers have it: prints what comes, one JSON value a line.
const say = (value) => console.log(JSON.stringify(value));
const socket = new WebSocket(process.argv[2], ["chat.v1", "chat.v2"]);
socket.binaryType = "arraybuffer";
socket.onopen = () => say({ protocol: socket.protocol });
socket.onmessage = ({ data }) => say(typeof data === "string" ? { length: data.length } : { bytes: data.byteLength });
socket.onclose = ({ code, reason, wasClean }) => say({ code, reason, wasClean });
