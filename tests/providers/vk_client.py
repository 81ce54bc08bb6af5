"""vk_api against the stand-in: what a client in wide use sends to VK and understands of its events."""

import io
import json
import os
import threading
import urllib.request

import requests
import vk_api
from vk_api.bot_longpoll import VkBotEventType, VkBotLongPoll
from vk_api.keyboard import VkKeyboard, VkKeyboardColor
from vk_api.upload import VkUpload

STAND_IN = json.loads(os.environ["STAND_IN"])
URL, GROUP = STAND_IN["url"], STAND_IN["group_id"]
ANN = 50012345
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63fccfc0f01f000505020"
    "05fc8f1d20000000049454e44ae426082"
)


class ToStandIn(requests.adapters.HTTPAdapter):
    """The library knows one address of the API; requests for it go to the stand-in, as they stand."""

    def send(self, request, **options):
        request.url = request.url.replace("https://api.vk.ru", URL)
        return super().send(request, **options)


def control(path, body=None, method="POST"):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{URL}/_control/{path}", data, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def gesture(gesture_name, /, **body):
    return control(f"customers/{ANN}/{gesture_name}", body)


def shown():
    return control(f"customers/{ANN}/messages", method="GET")["messages"]


def raises(code, call, **parameters):
    try:
        call(**parameters)
    except vk_api.exceptions.ApiError as error:
        assert error.code == code, error
        return
    raise AssertionError(f"error {code} was expected")


def next_event(longpoll, kind):
    """The next event of this kind; the time limit of the whole run bounds the wait."""
    for event in longpoll.listen():
        if event.type == kind:
            return event


session = requests.Session()
session.mount("https://api.vk.ru", ToStandIn())
vk_session = vk_api.VkApi(token=STAND_IN["token"], api_version="5.199", session=session)
vk = vk_session.get_api()

raises(100, vk.groups.getLongPollServer, group_id=GROUP)
wanted = ["message_new", "message_reply", "message_edit", "message_event", "message_read", "message_typing_state", "message_deny"]
vk.groups.setLongPollSettings(group_id=GROUP, enabled=1, api_version="5.199", **dict.fromkeys(wanted, 1))
longpoll = VkBotLongPoll(vk_session, GROUP, wait=2)

# Events.
raises(901, vk.messages.send, peer_id=ANN, random_id=1, message="Hello?")
gesture("say", text="Good morning", name="Ann Lee")
event = next_event(longpoll, VkBotEventType.MESSAGE_NEW)
assert (event.message.text, event.message.peer_id, event.from_user) == ("Good morning", ANN, True), event
assert event.client_info["keyboard"] is True
gesture("edit", message_id="1", text="Good evening")
event = next_event(longpoll, VkBotEventType.MESSAGE_EDIT)
assert event.obj.text == "Good evening" and event.obj.update_time
gesture("say", text="See", kind="document")
event = next_event(longpoll, VkBotEventType.MESSAGE_NEW)
document = event.message.attachments[0]["doc"]
assert requests.get(document["url"], timeout=10).content.startswith(b"%PDF")
control("polls", {"fail": [1, 2, 3]})
threading.Timer(1, gesture, ["typing"]).start()
event = next_event(longpoll, VkBotEventType.MESSAGE_TYPING_STATE)
assert event.obj.from_id == ANN

# People.
person = vk.users.get(user_ids=ANN, fields="photo_200,screen_name")[0]
assert (person["first_name"], person["last_name"]) == ("Ann", "Lee") and person["photo_200"]
group = vk.groups.getById(group_id=GROUP)["groups"][0]
assert group["id"] == GROUP
assert "messages" in [right["name"] for right in vk.groups.getTokenPermissions()["permissions"]]

# Sending: once for each random_id, with a keyboard, and with a photo.
keyboard = VkKeyboard(inline=True)
keyboard.add_button("Medium", color=VkKeyboardColor.PRIMARY, payload={"size": "m"})
keyboard.add_callback_button("Large", payload={"size": "l"})
keyboard.add_line()
keyboard.add_openlink_button("Sizes", link="https://example.com/sizes")
send = {"peer_id": ANN, "random_id": 7, "message": "Which size?", "keyboard": keyboard.get_keyboard()}
first = vk.messages.send(**send)
assert vk.messages.send(**send) == first
event = next_event(longpoll, VkBotEventType.MESSAGE_REPLY)
assert (event.obj.random_id, event.obj.from_id, event.obj.id) == (7, -GROUP, first)
question = shown()[-1]
assert question["buttons"] == ["Medium", "Large", "Sizes"]
gesture("press", message_id=question["id"], button=1)
event = next_event(longpoll, VkBotEventType.MESSAGE_EVENT)
assert event.obj.payload == {"size": "l"}
answer = {"event_id": event.obj.event_id, "user_id": ANN, "peer_id": ANN}
snackbar = json.dumps({"type": "show_snackbar", "text": "Noted"})
assert vk.messages.sendMessageEventAnswer(**answer, event_data=snackbar) == 1
raises(100, vk.messages.sendMessageEventAnswer, **answer)

upload = VkUpload(vk_session)
photo = upload.photo_messages(io.BytesIO(PNG), peer_id=ANN)[0]
name = f"photo{photo['owner_id']}_{photo['id']}_{photo['access_key']}"
vk.messages.send(peer_id=ANN, random_id=8, message="This one", attachment=name)
assert shown()[-1]["kind"] == "photo"
largest = max(photo["sizes"], key=lambda size: size["width"])
assert requests.get(largest["url"], timeout=10).content == PNG
raises(129, vk.photos.saveMessagesPhoto, server=1, photo="[]", hash="")

# Afterwards.
assert vk.messages.edit(peer_id=ANN, message_id=first, message="Which size, please?") == 1
assert next(one for one in shown() if one["id"] == question["id"])["edited"]
assert vk.messages.sendReaction(peer_id=ANN, cmid=1, reaction_id=4) == 1
assert shown()[0]["reaction"] == "👍"
assert vk.messages.setActivity(peer_id=ANN, type="typing") == 1
assert vk.messages.markAsRead(peer_id=ANN) == 1
history = vk.messages.getHistory(peer_id=ANN, count=200)
assert history["count"] == len(history["items"]) == len(shown())
deleted = vk.messages.delete(peer_id=ANN, cmids=shown()[-1]["id"], delete_for_all=1)
assert deleted[0]["response"] == 1 and shown()[-1]["deleted"]

# Errors.
raises(914, vk.messages.send, peer_id=ANN, random_id=9, message="x" * 5000)
gesture("block", blocked=True)
next_event(longpoll, VkBotEventType.MESSAGE_DENY)
raises(901, vk.messages.send, peer_id=ANN, random_id=10, message="Are you there?")
gesture("block", blocked=False)
control("refusals", {"method": "messages.send", "code": 9})
raises(9, vk.messages.send, peer_id=ANN, random_id=11, message="Too fast")
# The library itself waits and repeats what came too fast.
control("refusals", {"method": "messages.send", "code": 6})
assert vk.messages.send(peer_id=ANN, random_id=12, message="Slower")
print("vk_api understands the stand-in")
