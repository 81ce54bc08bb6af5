// Where something in between lets no WebSocket through: the official client over plain requests. Loaded only then.

import { io } from "socket.io-client";
import type { Handlers, Line } from "./socket";

export function openFallback(auth: () => object, handlers: Handlers): Line {
  const socket = io({
    autoConnect: false,
    transports: ["polling"],
    reconnectionDelay: 500,
    reconnectionDelayMax: 30_000,
    auth: (give: (auth: object) => void) => give(auth()),
  });
  socket.on("connect", handlers.connect);
  socket.on("disconnect", (why) => {
    handlers.disconnect(0);
    // This client does not come back by itself when the server has closed the line on purpose.
    if (why === "io server disconnect") socket.connect();
  });
  socket.on("connect_error", (error) => {
    handlers.disconnect(0);
    // With `active` it tries again by itself: the server could not be reached. Else it was refused.
    if (socket.active) return;
    handlers.refused(error.message);
    setTimeout(() => socket.connect(), 1_000 + Math.random() * 4_000);
  });
  socket.onAny((name: string, body: unknown) => handlers.event(name, body));
  return {
    get connected() {
      return socket.connected;
    },
    connect: () => socket.connect(),
    now: () => socket.connect(),
    close: () => socket.disconnect(),
    emit: (name, body, ack) => {
      if (!socket.connected) return;
      if (ack) socket.emit(name, body, ack);
      else socket.volatile.emit(name, body);
    },
  };
}
