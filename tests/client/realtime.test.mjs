// The socket contract, driven by the client library that browsers use.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { after, afterEach, before, describe, test } from "node:test";
import { Daemon } from "./helpers/daemon.mjs";
import { newOperator, newVisitor, Person, request, setUpOperator } from "./helpers/people.mjs";

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

    test("typing and reading are told to the other side", LIMIT, async () => {
      const { operator, visitor, sessionId } = await conversation(transport);
      await visitor.ask("chat:typing", { session_id: sessionId });
      const typing = await operator.event("chat:typing", (event) => event.session_id === sessionId);
      assert.equal(typing.sender_type, "customer");
      assert.equal(typing.typing, true);
      await operator.ask("chat:typing", { session_id: sessionId, typing: false });
      const stopped = await visitor.event("chat:typing", (event) => event.sender_type === "operator");
      assert.equal(stopped.typing, false);
      assert.equal(stopped.sender_name, "Ann");

      const answer = await operator.say("Have you seen this?");
      await visitor.ask("chat:delivered", { session_id: sessionId, message_id: answer.id });
      await visitor.ask("chat:seen", { session_id: sessionId, message_id: answer.id });
      const seen = await operator.event("chat:seen", (event) => event.sender_type === "customer");
      assert.equal(seen.message_id, answer.id);
      const read = await operator.event("chat:delivery", (event) => event.message_id === answer.id && event.status === "read");
      assert.equal(read.session_id, sessionId);

      const question = await visitor.say("Yes. And you?");
      await operator.event("chat:new_message", (event) => event.message.id === question.id);
      await operator.ask("chat:seen", { session_id: sessionId, message_id: question.id });
      await visitor.event("chat:seen", (event) => event.sender_type === "operator" && event.message_id === question.id);
    });

    test("an end by either side is told to the other", LIMIT, async () => {
      const first = await conversation(transport);
      await first.visitor.ask("chat:end", { session_id: first.sessionId });
      await first.operator.event("chat:ended", (event) => event.session_id === first.sessionId);
      const second = await conversation(transport);
      await second.operator.ask("chat:end", { session_id: second.sessionId });
      const ended = await second.visitor.event("chat:ended", (event) => event.session_id === second.sessionId);
      assert.equal(ended.state, "closed");
      assert.equal(JSON.stringify(ended).includes("problem_solved"), false, "the reason is the staff's");
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

describe("the queue", () => {
  test("of twenty operators who accept at once exactly one gets it", LIMIT, async () => {
    const operators = [];
    for (let n = 0; n < BURST; n += 1) operators.push(await newOperator(daemon, cookie, n));
    const sockets = operators.map((own) => enter({ cookie: own, transport: "websocket" }));
    await Promise.all(sockets.map((socket) => socket.connect()));
    const visitor = enter({ token: await newVisitor(daemon), transport: "websocket" });
    await visitor.connect();
    const sessionId = await visitor.start("Who will it be?");
    await Promise.all(sockets.map((socket) => socket.event("chat:new_session", (event) => event.session_id === sessionId)));

    const answers = await Promise.all(sockets.map((socket) => socket.answer("chat:accept", { session_id: sessionId })));
    const won = answers.filter((answer) => answer.ok);
    assert.equal(won.length, 1);
    for (const lost of answers.filter((answer) => !answer.ok)) {
      assert.equal(lost.problem.code, "already_accepted");
      assert.equal(lost.problem.extra.assignee.id, won[0].session.assignee.id);
    }
    const assigned = await visitor.event("chat:session_assigned", (event) => event.session_id === sessionId);
    assert.equal(assigned.assignee.id, won[0].session.assignee.id);
  });

  test("connecting sets an operator online", LIMIT, async () => {
    const watcher = enter({ cookie, transport: "websocket" });
    await watcher.connect();
    const operator = enter({ cookie: await newOperator(daemon, cookie, "presence"), transport: "websocket" });
    await operator.connect();
    const hello = await operator.event("server:hello");
    // Being made was the first news of them.
    await watcher.event("agent:updated", (event) => event.operator.id === hello.id && event.operator.availability === "online");
  });
});

describe("coming back", () => {
  test("a number that cannot be resumed from asks for a fresh start", LIMIT, async () => {
    const { operator, visitor, sessionId } = await conversation("websocket");
    await visitor.say("the last words");
    for (const person of [operator, visitor]) {
      for (const after of [-1, 0, 1e15, 2 ** 63, 1e300, 0.5]) {
        const joined = await person.ask("chat:join", { session_id: sessionId, after });
        assert.equal(joined.reset, true, String(after));
        assert.equal(joined.messages.at(-1).text, "the last words");
      }
    }
  });

  test("an operator who says where they were hears what was missed without asking", LIMIT, async () => {
    const { operator, visitor, sessionId } = await conversation("websocket");
    await visitor.say("before");
    await operator.event("chat:new_message", (event) => event.message.text === "before");
    const after = operator.lastSeq;
    operator.close();
    await visitor.say("while nobody looked");
    const again = enter({ cookie, transport: "websocket", after });
    await again.connect();
    const hello = await again.event("server:hello");
    assert.equal(hello.reset, false);
    const missed = await again.event("chat:new_message", (event) => event.session_id === sessionId);
    assert.equal(missed.message.text, "while nobody looked");
  });
});

describe("refusals", () => {
  test("a cookie sent from a page of somebody else opens no connection", LIMIT, async () => {
    for (const origin of ["https://evil.example", "null", `${daemon.url}.evil.example`, "http://127.0.0.1:1"]) {
      const hijacked = enter({ cookie, origin, transport: "websocket" });
      await assert.rejects(hijacked.connect(), origin);
    }
  });

  test("an event that nobody knows, or that is not for visitors, is answered with a problem", LIMIT, async () => {
    const visitor = enter({ token: await newVisitor(daemon), transport: "websocket" });
    await visitor.connect();
    const unknown = await visitor.answer("chat:new_message", { message: "I am the server" });
    assert.equal(unknown.problem.code, "unknown_event");
    for (const name of ["chat:accept", "chat:transfer", "chat:use_canned_response", "agent:activity_ping"]) {
      const refused = await visitor.answer(name, { session_id: randomUUID() });
      assert.equal(refused.problem.status, 403, name);
    }
  });

  test("more events than a person makes are refused, and it passes", LIMIT, async () => {
    const visitor = enter({ token: await newVisitor(daemon), transport: "websocket" });
    await visitor.connect();
    const answers = [];
    for (let round = 0; round < 30; round += 1) {
      const few = Array.from({ length: 10 }, () => visitor.answer("chat:leave", { session_id: randomUUID() }));
      answers.push(...(await Promise.all(few)));
    }
    const refused = answers.filter((answer) => !answer.ok);
    assert.ok(refused.length > 0, "bounded");
    assert.ok(refused.every((answer) => answer.problem.status === 429));
    assert.equal(visitor.socket.connected, true);
  });

  test("a visitor opens only so many connections", LIMIT, async () => {
    const token = await newVisitor(daemon);
    const sockets = Array.from({ length: 12 }, () => enter({ token, transport: "websocket" }));
    const opened = await Promise.allSettled(sockets.map((socket) => socket.connect()));
    assert.equal(opened.filter((one) => one.status === "fulfilled").length, 10);
  });


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
