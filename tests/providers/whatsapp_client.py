"""pywa against the stand-in: what a client in wide use sends to WhatsApp and understands of its webhooks."""

import json
import logging
import os
import queue
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pywa
from pywa import WhatsApp, errors
from pywa.types import Button, Contact, Section, SectionList, SectionRow, URLButton
from pywa.types.message_status import MessageStatusType
from pywa.types.templates import BodyText, QuickReplyButton, TemplateLanguage

STAND_IN = json.loads(os.environ["STAND_IN"])["whatsapp"]
URL = STAND_IN["url"]
ANN = "15557770001"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63fccfc0f01f000505020"
    "05fc8f1d20000000049454e44ae426082"
)
# The library says a lot about updates that it is shown on purpose.
logging.disable(logging.WARNING)


def control(path, body=None, method="POST"):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{URL}/_control/{path}", data, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def says(text="", kind="text", **more):
    return control(f"customers/{ANN}/say", {"text": text, "kind": kind, **more})["message_id"]


def phone():
    return {message["id"]: message for message in control(f"customers/{ANN}/messages", method="GET")["messages"]}


def raises(error, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except error as raised:
        return raised
    raise AssertionError(f"{error.__name__} was expected")


class Inbox:
    """Feeds webhooks to the library as its own servers do, and keeps what it made of them."""

    def __init__(self, wa):
        self.updates = queue.Queue()
        for register in (
            wa.on_message,
            wa.on_message_status,
            wa.on_callback_button,
            wa.on_callback_selection,
            wa.on_edited_message,
            wa.on_deleted_message,
            wa.on_outgoing_message,
            wa.on_phone_number_change,
        ):
            register()(lambda _, update: self.updates.put(update))
        self.refused = 0
        inbox = self

        class Webhook(BaseHTTPRequestHandler):
            def do_GET(self):
                query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                self.answer(*wa.webhook_challenge_handler(query.get("hub.verify_token"), query.get("hub.challenge")))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                wrong = wa.webhook_update_validator(body, self.headers.get("x-hub-signature-256"))
                inbox.refused += wrong is not None
                self.answer(*(wrong or wa.webhook_update_handler(body)))

            def answer(self, body, status):
                body = (body or "").encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        return self.updates.get(timeout=10)

    def statuses(self, count):
        return [update.status for update in (self.next() for _ in range(count))]


def receives(wa, inbox):
    hello = says("Hello", name="Ann")
    first = inbox.next()
    assert first.text == "Hello" and first.id == hello and first.from_user.name == "Ann"
    assert first.from_user.wa_id == ANN and first.from_user.bsuid.startswith("US.")
    says("and", reply_to=hello)
    assert inbox.next().reply_to_message.id == hello
    kinds = {"photo": "image", "voice": "audio", "video": "video", "document": "document", "sticker": "sticker"}
    for kind, named in kinds.items():
        says("see", kind)
        message = inbox.next()
        media = getattr(message, named)
        assert message.type == named and media.get_bytes(), kind
        if kind in ("photo", "video", "document"):
            assert message.caption == "see"
    assert message.sticker.animated is False
    says(kind="location")
    assert inbox.next().location.latitude == 52.52
    says(kind="contact")
    assert inbox.next().contacts[0].name.formatted_name == "Bob"
    control(f"customers/{ANN}/edit", {"message_id": hello, "text": "Hello!"})
    edited = inbox.next()
    assert edited.original_message_id == hello and edited.message.text == "Hello!"
    control(f"customers/{ANN}/react", {"message_id": hello, "emoji": "🔥"})
    assert inbox.next().reaction.emoji == "🔥"
    control(f"customers/{ANN}/delete", {"message_id": hello})
    assert inbox.next().original_message_id == hello
    ad = {"source_url": "https://fb.me/x", "source_id": "7", "source_type": "ad", "headline": "Shoes", "ctwa_clid": "c"}
    control(f"customers/{ANN}/message", {"type": "text", "text": {"body": "Is it there?"}, "referral": ad})
    assert inbox.next().referral.source_id == "7"
    items = [{"product_retailer_id": "sku-1", "quantity": 2, "item_price": 9.5, "currency": "EUR"}]
    control(f"customers/{ANN}/message", {"type": "order", "order": {"catalog_id": "1", "text": "", "product_items": items}})
    assert inbox.next().order.products[0].quantity == 2
    unknown = [{"code": 131051, "title": "Message type unknown", "message": "Message type unknown", "error_data": {"details": "x"}}]
    control(f"customers/{ANN}/message", {"type": "unsupported", "errors": unknown})
    assert isinstance(inbox.next().error, errors.UnsupportedMessageType)
    control(f"customers/{ANN}/write_from_app", {"text": "from the app"})
    assert inbox.next().text == "from the app"


def sends(wa, inbox):
    question = says("Which sizes?")
    assert inbox.next().id == question
    wa.indicate_typing(question)
    assert control(f"customers/{ANN}/messages", method="GET")["typing"]
    answer = wa.send_message(ANN, "S, M and L", reply_to_message_id=question, tracker="dlv_1")
    sent = inbox.next()
    assert sent.status == MessageStatusType.SENT and sent.id == answer.id and sent.tracker == "dlv_1" and not sent.pricing.billable
    assert inbox.statuses(1) == [MessageStatusType.DELIVERED]
    control(f"customers/{ANN}/read")
    assert inbox.statuses(1) == [MessageStatusType.READ]
    seen = phone()[answer.id]
    assert seen["text"] == "S, M and L" and seen["reply_to"] == question and not seen["mine"]

    photo = wa.send_image(ANN, PNG, caption="this one", mime_type="image/png")
    inbox.statuses(2)
    assert phone()[photo.id]["kind"] == "photo" and phone()[photo.id]["text"] == "this one"
    media = wa.upload_media(b"order 7", mime_type="text/plain", filename="order.txt")
    assert wa.get_media_bytes(wa.get_media_url(media.id).url) == b"order 7"
    document = wa.send_document(ANN, media, filename="order.txt")
    inbox.statuses(2)
    assert phone()[document.id]["file_name"] == "order.txt"
    wa.delete_media(media.id)
    raises(errors.WhatsAppError, wa.get_media_url, media.id)
    place = wa.send_location(ANN, 52.52, 13.405, "Shop", "Main street 1")
    card = wa.send_contact(ANN, Contact(name=Contact.Name(formatted_name="Bob", first_name="Bob"), phones=[Contact.Phone(phone="+15550100")]))
    inbox.statuses(4)
    assert (phone()[place.id]["kind"], phone()[card.id]["kind"]) == ("location", "contact")

    asked = wa.send_message(ANN, "Which one?", footer="Shop", buttons=[Button("Size M", "m"), Button("Size S", "s")])
    inbox.statuses(2)
    control(f"customers/{ANN}/press", {"message_id": asked.id, "button": 1})
    pressed = inbox.next()
    assert pressed.data == "s" and pressed.title == "Size S" and pressed.reply_to_message.id == asked.id
    rows = SectionList("Pick", [Section("Sizes", [SectionRow("Size M", "m", "medium"), SectionRow("Size S", "s")])])
    listed = wa.send_message(ANN, "Which one?", buttons=rows)
    inbox.statuses(2)
    control(f"customers/{ANN}/press", {"message_id": listed.id, "button": 0})
    assert inbox.next().data == "m"
    wa.send_message(ANN, "Look", buttons=URLButton("See", "https://shop.example.com/"))
    inbox.statuses(2)

    wa.send_reaction(ANN, "👍", question)
    assert inbox.statuses(1) == [MessageStatusType.SENT] and phone()[question]["reaction"] == "👍"
    wa.remove_reaction(ANN, question)
    assert inbox.statuses(1) == [MessageStatusType.SENT] and phone()[question]["reaction"] is None


def templates(wa, inbox):
    listed = {(template.name, str(template.language)) for template in wa.get_templates().all()}
    assert any(name == "order_ready" for name, _ in listed) and len(listed) >= 9
    filled = [BodyText.params("Ann", "7"), QuickReplyButton.params(callback_data="thanks", index=0)]
    sent = wa.send_template(ANN, "order_ready", TemplateLanguage.ENGLISH_US, filled)
    assert inbox.next().pricing.billable and inbox.statuses(1) == [MessageStatusType.DELIVERED]
    assert phone()[sent.id]["text"] == "Hello Ann, your order 7 is ready." and phone()[sent.id]["buttons"] == ["Thanks"]
    control(f"customers/{ANN}/press", {"message_id": sent.id, "button": 0})
    assert inbox.next().data == "thanks"
    raises(errors.TemplateParamCountMismatch, wa.send_template, ANN, "order_ready", TemplateLanguage.ENGLISH_US, [BodyText.params("Ann")])
    raises(errors.TemplateNotExists, wa.send_template, ANN, "unknown", TemplateLanguage.ENGLISH_US, [])
    raises(errors.TemplatePaused, wa.send_template, ANN, "spring_sale", TemplateLanguage.ENGLISH_US, [])


def limits_and_errors(wa, inbox):
    wa.send_message(ANN, "x" * 4096)
    inbox.statuses(2)
    assert raises(errors.WhatsAppError, wa.send_message, ANN, "x" * 4097).code == 100
    raises(errors.WhatsAppError, wa.send_message, ANN, "?", buttons=[Button("a title of 21 letters", "x")])
    raises(errors.MediaUploadError, wa.upload_media, b"no picture", mime_type="image/png", filename="a.png")
    slow = {"error": {"message": "(#130429) Rate limit hit", "type": "OAuthException", "code": 130429, "fbtrace_id": "A"}}
    fault = {"is": "answer", "status": 429, "headers": [["content-type", "application/json"]], "body": json.dumps(slow)}
    control("faults", {"path": "/messages", "fault": fault})
    raises(errors.RateLimitHit, wa.send_message, ANN, "x")
    control("advance", {"seconds": 80 * 3600})
    wa.send_message(ANN, "too late")
    failed = inbox.next()
    assert failed.status == MessageStatusType.FAILED and isinstance(failed.error, errors.ReEngagementMessage)
    control(f"customers/{ANN}/block", {"blocked": True})
    wa.send_message(ANN, "nobody")
    assert isinstance(inbox.next().error, errors.MessageUndeliverable)
    control(f"customers/{ANN}/block", {"blocked": False})
    control("webhook", {"signing": "wrong"})
    before = inbox.refused
    says("forged")
    control("webhook", {"signing": "right"})
    # The stand-in tries again until it is believed.
    assert inbox.next().text == "forged" and inbox.refused > before
    control("webhook", {"hold": True})
    numbers = [says(str(number)) for number in range(3)]
    control("webhook", {"release": "backwards"})
    assert [inbox.next().id for _ in numbers] == numbers[::-1]
    control(f"customers/{ANN}/change_number", {"to": "15557770002"})
    changed = inbox.next()
    assert changed.old_wa_id == ANN and changed.new_wa_id == "15557770002"
    wrong = connected("wrong")
    raises(errors.WhatsAppError, wrong.get_business_phone_number)


def connected(token):
    wa = WhatsApp(
        phone_id=STAND_IN["phone_number_id"],
        waba_id=STAND_IN["waba_id"],
        token=token,
        server=None,
        verify_token=STAND_IN["verify_token"],
        app_id=STAND_IN["app_id"],
        app_secret=STAND_IN["app_secret"],
    )
    # The address is all that is not the library's own.
    session = wa.api._session
    session.base_url = str(session.base_url).replace("https://graph.facebook.com", URL)
    return wa


def main():
    wa = connected(STAND_IN["token"])
    inbox = Inbox(wa)
    number = wa.get_business_phone_number()
    assert number.verified_name and number.id == STAND_IN["phone_number_id"]
    token = wa.get_app_access_token(app_id=int(STAND_IN["app_id"]), app_secret=STAND_IN["app_secret"])
    register = {"app_id": int(STAND_IN["app_id"]), "app_access_token": token, "fields": ("messages",), "callback_url": inbox.url}
    raises(errors.WhatsAppError, wa.set_app_callback_url, verify_token="wrong", **register)
    wa.set_app_callback_url(verify_token=STAND_IN["verify_token"], **register)
    receives(wa, inbox)
    sends(wa, inbox)
    templates(wa, inbox)
    limits_and_errors(wa, inbox)
    print("whatsapp: pywa", pywa.__version__, "understands the stand-in")


main()
