// What is said by parts that are loaded when they are first looked at.

import admin from "./admin.json";
import dialogs from "./dialogs.json";
import me from "./me.json";

export const areas = { admin, dialogs, me };
