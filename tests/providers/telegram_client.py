"""python-telegram-bot against the stand-in: what a client in wide use sends and understands."""

import asyncio
import json
import os
import urllib.request

import telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaDocument, InputMediaPhoto, ReplyParameters, Update
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter

STAND_IN = json.loads(os.environ["STAND_IN"])
URL, TOKEN = STAND_IN["url"], STAND_IN["token"]
ANN = 50012345
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63fccfc0f01f000505020"
    "05fc8f1d20000000049454e44ae426082"
)


def control(path, body=None, method="POST"):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{URL}/_control/{path}", data, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def says(text="", kind="text", **more):
    return control(f"customers/{ANN}/say", {"text": text, "kind": kind, **more})["message_id"]


def phone():
    return control(f"customers/{ANN}/messages", method="GET")["messages"]


async def raises(error, call, text=""):
    try:
        await call
    except error as raised:
        # The library writes the first letter large.
        assert text.lower() in str(raised).lower(), raised
        return raised
    raise AssertionError(f"{error.__name__} was expected")


class Updates:
    """Reads updates as the library's own poller does."""

    def __init__(self, bot):
        self.bot, self.offset = bot, 0

    async def next(self):
        found = await self.bot.get_updates(offset=self.offset, limit=1, timeout=5, allowed_updates=Update.ALL_TYPES)
        assert found, "an update was expected"
        self.offset = found[0].update_id + 1
        return found[0]


async def receives(bot):
    updates = Updates(bot)
    says("Hello", name="Ann")
    first = await updates.next()
    assert first.message.text == "Hello" and first.effective_user.first_name == "Ann"
    assert first.message.chat.type == "private" and first.message.chat.id == ANN
    for kind in ("photo", "voice", "video", "document", "sticker", "location", "contact"):
        says("see", kind)
        message = (await updates.next()).message
        assert getattr(message, kind), f"{kind}: {message}"
    says("/start ad_7")
    assert (await updates.next()).message.parse_entities() != {}
    control(f"customers/{ANN}/edit", {"message_id": str(first.message.message_id), "text": "Hello!"})
    edited = await updates.next()
    assert edited.edited_message.text == "Hello!" and edited.edited_message.edit_date
    control(f"customers/{ANN}/react", {"message_id": str(first.message.message_id), "emoji": "🔥"})
    assert (await updates.next()).message_reaction.new_reaction[0].emoji == "🔥"
    for blocked, status in ((True, "kicked"), (False, "member")):
        control(f"customers/{ANN}/block", {"blocked": blocked})
        assert (await updates.next()).my_chat_member.new_chat_member.status == status
    control("updates", {"a_kind_of_tomorrow": {"x": 1}})
    assert "a_kind_of_tomorrow" in (await updates.next()).api_kwargs
    assert await bot.get_updates(offset=updates.offset, timeout=0) == ()


async def sends(bot):
    updates = Updates(bot)
    question = int(says("Which sizes?"))
    await updates.next()
    answer = await bot.send_message(ANN, "S and M", reply_parameters=ReplyParameters(question))
    assert answer.text == "S and M" and answer.reply_to_message.message_id == question and answer.from_user.is_bot
    lost = ReplyParameters(9_999)
    await raises(BadRequest, bot.send_message(ANN, "x", reply_parameters=lost), "message to be replied not found")
    orphan = await bot.send_message(ANN, "x", reply_parameters=ReplyParameters(9_999, allow_sending_without_reply=True))
    assert orphan.reply_to_message is None

    photo = await bot.send_photo(ANN, PNG, caption="this one", filename="a.png")
    assert photo.caption == "this one" and len(photo.photo) == 2
    again = await bot.send_photo(ANN, photo.photo[-1].file_id)
    assert again.photo
    document = await bot.send_document(ANN, b"order 7", filename="order.txt")
    assert document.document.file_name == "order.txt" and document.document.file_size == 7
    file = await bot.get_file(document.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"order 7"
    await raises(BadRequest, bot.get_file("nonsense"))

    album = await bot.send_media_group(ANN, [InputMediaPhoto(PNG, caption="two"), InputMediaPhoto(PNG)])
    assert len(album) == 2 and album[0].media_group_id == album[1].media_group_id and album[0].caption == "two"
    await raises(BadRequest, bot.send_media_group(ANN, [InputMediaPhoto(PNG), InputMediaDocument(b"x", filename="x")]))
    place = await bot.send_location(ANN, 52.52, 13.405)
    assert place.location.latitude == 52.52
    venue = await bot.send_venue(ANN, 52.52, 13.405, "Shop", "Main street 1")
    assert venue.venue.title == "Shop"
    card = await bot.send_contact(ANN, "+15550100", "Bob")
    assert card.contact.first_name == "Bob"
    assert await bot.send_chat_action(ANN, "typing")

    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Size M", callback_data="m")], [InlineKeyboardButton("Size S", callback_data="s")]])
    asked = await bot.send_message(ANN, "Which one?", reply_markup=keyboard)
    control(f"customers/{ANN}/press", {"message_id": str(asked.message_id), "button": 1})
    query = (await updates.next()).callback_query
    assert query.data == "s" and query.message.message_id == asked.message_id
    assert await query.answer("Noted")
    await raises(BadRequest, query.answer())
    too_long = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="d" * 65)]])
    await raises(BadRequest, bot.send_message(ANN, "x", reply_markup=too_long))

    edited = await bot.edit_message_text("S, M and L", ANN, answer.message_id)
    assert edited.text == "S, M and L" and edited.edit_date
    await raises(BadRequest, bot.edit_message_text("S, M and L", ANN, answer.message_id), "message is not modified")
    assert (await bot.edit_message_caption(ANN, photo.message_id, caption="that one")).caption == "that one"
    assert await bot.set_message_reaction(ANN, question, "👍")
    await raises(BadRequest, bot.set_message_reaction(ANN, question, "🥒"))
    assert await bot.delete_message(ANN, orphan.message_id)
    await raises(BadRequest, bot.delete_message(ANN, orphan.message_id))

    seen = {message["id"]: message for message in phone()}
    assert seen[str(answer.message_id)]["text"] == "S, M and L" and seen[str(answer.message_id)]["edited"]
    assert seen[str(question)]["reaction"] == "👍" and seen[str(orphan.message_id)]["deleted"]
    assert seen[str(asked.message_id)]["buttons"] == ["Size M", "Size S"]


async def limits_and_errors(bot):
    assert len((await bot.send_message(ANN, "я" * 4096)).text) == 4096
    await raises(BadRequest, bot.send_message(ANN, "👍" * 2049))
    await raises(BadRequest, bot.send_message(ANN, " "))
    await raises(BadRequest, bot.send_photo(ANN, PNG, caption="x" * 1025))
    await raises(BadRequest, bot.send_message(404_404, "nobody"))
    slow = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 7", "parameters": {"retry_after": 7}}
    fault = {"is": "answer", "status": 429, "headers": [["content-type", "application/json"]], "body": json.dumps(slow)}
    control("faults", {"path": "sendMessage", "fault": fault})
    wait = (await raises(RetryAfter, bot.send_message(ANN, "x"))).retry_after
    assert (wait if isinstance(wait, int) else wait.total_seconds()) == 7
    control(f"customers/{ANN}/block", {"blocked": True})
    await raises(Forbidden, bot.send_message(ANN, "x"), "bot was blocked by the user")
    control(f"customers/{ANN}/block", {"blocked": False})
    await raises(InvalidToken, telegram.Bot(TOKEN[:-1] + "x", base_url=f"{URL}/bot").get_me())


async def webhook(bot):
    await bot.get_updates(offset=-1, timeout=0)
    # Port 9 takes nothing: updates stay until somebody polls for them again.
    assert await bot.set_webhook("http://127.0.0.1:9/hook", secret_token="a-secret", allowed_updates=["message"])
    says("while the webhook is down")
    info = await bot.get_webhook_info()
    assert info.url == "http://127.0.0.1:9/hook" and info.pending_update_count >= 1 and info.allowed_updates == ("message",)
    await raises(Conflict, bot.get_updates(timeout=0), "webhook is active")
    assert await bot.delete_webhook()
    assert (await bot.get_updates(timeout=5))[-1].message.text == "while the webhook is down"


async def main():
    async with telegram.Bot(TOKEN, base_url=f"{URL}/bot", base_file_url=f"{URL}/file/bot") as bot:
        me = await bot.get_me()
        assert me.is_bot and me.id == int(TOKEN.split(":")[0])
        await receives(bot)
        await sends(bot)
        await limits_and_errors(bot)
        await webhook(bot)
    print("telegram: python-telegram-bot", telegram.__version__, "understands the stand-in")


asyncio.run(main())
