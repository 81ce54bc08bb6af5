// The socket contract, driven by the client library that browsers use.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { after, afterEach, before, describe, test } from "node:test";
import { Daemon } from "./helpers/daemon.mjs";
import { newVisitor, Person, request, setUpOperator } from "./helpers/people.mjs";

const BURST = 20;
const LIMIT = { timeout: 60_000 };

let daemon;
let cookie;
const present = [];

before(async () => {
  daemon = await Daemon.start();
  cookie = await setUpOperator(daemon);
}, LIMIT);
afterEach(() => {
  for (const person of present.splice(0)) person.close();
});
after(() => daemon?.stop(), LIMIT);

function enter(options) {
  const person = new Person(daemon, options);
  present.push(person);
  return person;
}

/** A visitor who wrote and the operator who accepted them, both in the conversation. */
async function conversation(transport, { reconnection } = {}) {
  const operator = enter({ cookie, transport, reconnection });
  await operator.connect();
  const token = await newVisitor(daemon);
  const visitor = enter({ token, transport, reconnection });
  await visitor.connect();

  const sessionId = await visitor.start("Where is my parcel?");
  await visitor.join(sessionId);
  await operator.event("chat:new_session", (event) => JSON.stringify(event).includes(sessionId));
  await operator.ask("chat:accept", { session_id: sessionId });
  const assigned = await visitor.event("chat:session_assigned", (event) => event.session_id === sessionId);
  assert.equal(assigned.assignee.name, "Ann");
  await operator.join(sessionId);
  // The lines that the system writes at start and acceptance are not what these tests look at.
  const said = visitor.texts;
  assert.deepEqual(operator.texts, said);
  return { operator, visitor, sessionId, said, token };
}

for (const transport of ["websocket", "polling"]) {
  describe(`over ${transport} alone`, () => {
    test("a visitor and an operator talk both ways", LIMIT, async () => {
      const { operator, visitor, said } = await conversation(transport);
      assert.equal(visitor.socket.io.engine.transport.name, transport);

      await visitor.say("Hello, is anybody there?");
      await operator.reads([...said, "Hello, is anybody there?"]);
      await operator.say("Yes. What is the number on the receipt?");
      await visitor.reads([...said, "Hello, is anybody there?", "Yes. What is the number on the receipt?"]);
    });

    test("every message event is numbered and tells its stream, id and time", LIMIT, async () => {
      const { operator, visitor, sessionId } = await conversation(transport);
      await visitor.say("one");
      await visitor.say("two");
      const first = await operator.event("chat:new_message", (event) => event.message.text === "one");
      const second = await operator.event("chat:new_message", (event) => event.message.text === "two");

      assert.ok(second.seq > first.seq, `${second.seq} after ${first.seq}`);
      assert.notEqual(second.id, first.id);
      for (const event of [first, second]) {
        assert.equal(event.session_id, sessionId);
        assert.ok(event.stream.includes(sessionId), event.stream);
        assert.ok(event.at);
      }
    });

    test("who was away gets exactly what was missed, once and in order", LIMIT, async () => {
      const { operator, visitor, sessionId, said } = await conversation(transport);
      await operator.say("before");
      await visitor.reads([...said, "before"]);

      await visitor.loseConnection();
      const missed = Array.from({ length: BURST }, (_, index) => `while away ${index}`);
      for (const text of missed) await operator.say(text);
      assert.deepEqual(visitor.texts, [...said, "before"], "nothing reaches a closed connection");

      await visitor.connect();
      const rejoined = await visitor.join(sessionId);
      assert.notEqual(rejoined.reset, true);
      assert.deepEqual(rejoined.messages.map((message) => message.text), missed);

      await operator.say("after");
      await visitor.reads([...said, "before", ...missed, "after"]);
    });

    test("an operator who was away misses nothing either", LIMIT, async () => {
      const { operator, visitor, sessionId, said } = await conversation(transport);
      await operator.loseConnection();
      await visitor.say("are you still there?");
      await operator.connect();
      await operator.join(sessionId);
      await operator.reads([...said, "are you still there?"]);
    });

    test("a connection lost in the middle of a burst loses and repeats nothing", LIMIT, async () => {
      const { operator, visitor, sessionId, said } = await conversation(transport, { reconnection: true });
      const texts = Array.from({ length: BURST }, (_, index) => `burst ${index}`);
      visitor.socket.on("connect", () => void visitor.join(sessionId));

      for (const [index, text] of texts.entries()) {
        if (index === BURST / 2) {
          const back = once(visitor.socket, "connect");
          visitor.socket.io.engine.close();
          await operator.say(text);
          await back;
        } else {
          await operator.say(text);
        }
      }
      await visitor.reads([...said, ...texts]);
    });

    test("a message repeated under its client id stays one message", LIMIT, async () => {
      const { operator, visitor, said } = await conversation(transport);
      const clientId = randomUUID();
      const first = await visitor.say("only once", clientId);
      const again = await visitor.say("only once", clientId);
      assert.equal(again.id, first.id);
      await visitor.say("the end");
      await operator.reads([...said, "only once", "the end"]);
    });
  });
}

describe("refusals", () => {
  test("a token that nobody gave out opens no connection", LIMIT, async () => {
    const stranger = enter({ token: "not.a.token", transport: "websocket" });
    await assert.rejects(stranger.connect());
    assert.equal(stranger.socket.connected, false);
  });

  test("a visitor can neither enter nor write to a conversation of somebody else", LIMIT, async () => {
    const { sessionId, visitor: owner, said } = await conversation("websocket");
    const stranger = enter({ token: await newVisitor(daemon), transport: "websocket" });
    await stranger.connect();

    const foreign = await stranger.answer("chat:join", { session_id: sessionId });
    const unknown = await stranger.answer("chat:join", { session_id: randomUUID() });
    assert.equal(foreign.ok, false);
    assert.deepEqual(foreign.problem.code, unknown.problem.code, "not yours and not there look the same");

    const payload = { session_id: sessionId, client_id: randomUUID(), type: "text", content: "let me in" };
    assert.equal((await stranger.answer("chat:send_message", payload)).ok, false);
    await owner.say("still ours");
    await owner.reads([...said, "still ours"]);
  });

  test("a visitor cannot accept", LIMIT, async () => {
    const visitor = enter({ token: await newVisitor(daemon), transport: "websocket" });
    await visitor.connect();
    const sessionId = await visitor.start("Me first");
    const refused = await visitor.answer("chat:accept", { session_id: sessionId });
    assert.equal(refused.ok, false);
    const { body } = await request(daemon, `/conversations/${sessionId}`, { cookie });
    assert.equal(body.state, "new");
  });

  test("an event that is not understood is answered with a problem", LIMIT, async () => {
    const visitor = enter({ token: await newVisitor(daemon), transport: "websocket" });
    await visitor.connect();
    for (const payload of [{}, { session_id: 7 }, "text", null]) {
      const answer = await visitor.answer("chat:join", payload);
      assert.equal(answer.ok, false, JSON.stringify(payload));
      assert.ok(answer.problem.title && answer.problem.status >= 400, JSON.stringify(answer));
    }
  });

  test("after a visitor comes back, their token leads to the same conversation", LIMIT, async () => {
    const { sessionId, token } = await conversation("websocket");
    const { body: widget } = await request(daemon, "/widget/default");
    const { body: again } = await request(daemon, `/widget/${widget.inbox_id}/visitors`, { body: { token } });
    assert.equal(again.session.id, sessionId);
    assert.equal(again.session.state, "active");
  });
});
