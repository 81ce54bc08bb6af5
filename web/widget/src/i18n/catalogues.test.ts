import { describe, expect, it } from "vitest";
import ar from "./ar.json";
import en from "./en.json";
import { chosen, isRightToLeft, speak, t } from "./index.svelte";
import ru from "./ru.json";

const languages: Record<string, Record<string, string>> = { en, ru, ar };
const base = (key: string) => key.split("#")[0] ?? key;
const counted = new Set(Object.keys(en).filter((key) => key.includes("#")).map(base));
const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe.each(Object.keys(languages))("%s", (language) => {
  const texts = languages[language] as Record<string, string>;

  it("says everything, in every form of its plurals", () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const wanted = [...new Set(Object.keys(en).map(base))].flatMap((key) => (counted.has(key) ? forms.map((form) => `${key}#${form}`) : [key]));
    expect(Object.keys(texts).sort()).toEqual(wanted.sort());
  });

  it("fills in the same values, but for numbers that are words", () => {
    for (const [key, text] of Object.entries(texts)) {
      const english = en[(base(key) in en ? base(key) : `${base(key)}#other`) as keyof typeof en];
      const inWords = /#(zero|one|two)$/.test(key);
      const want = names(english).filter((name) => !inWords || name !== "n");
      expect(names(text).filter((name) => !inWords || name !== "n"), key).toEqual(want);
    }
  });
});

describe("the choice of a language", () => {
  it("takes the first that is known, whole tags first, and the owner's own", () => {
    expect(chosen(["de-AT", "ru-RU", "en"])).toBe("ru");
    expect(chosen(["pt-br"], { "pt-BR": {} })).toBe("pt-BR");
    expect(chosen(["pt-PT", "AR"], { "pt-BR": {} })).toBe("ar");
    expect(chosen([])).toBe("en");
    expect(isRightToLeft("ar-EG")).toBe(true);
    expect(isRightToLeft("en")).toBe(false);
  });

  it("puts the owner's words over ours, and counts in the language", async () => {
    const root = { lang: "", dir: "" };
    Object.assign(globalThis, { document: { documentElement: root } });
    await speak(["ru"], { ru: { send: "Послать" } });
    expect([t("send"), t("attach"), root.lang, root.dir]).toEqual(["Послать", "Прикрепить файл", "ru", "ltr"]);
    expect([1, 3, 5].map((n) => t("unread", { n }))).toEqual(["1 непрочитанное сообщение", "3 непрочитанных сообщения", "5 непрочитанных сообщений"]);
    await speak(["ar"]);
    expect([t("unread", { n: 2 }), root.dir]).toEqual(["رسالتان غير مقروءتين", "rtl"]);
    await speak(["de"], { de: { send: "Senden" } });
    expect([t("send"), t("attach"), root.lang]).toEqual(["Senden", "Attach a file", "de"]);
  });
});
