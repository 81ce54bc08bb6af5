import admin from "./admin.json";
import common from "./common.json";
import composer from "./composer.json";
import customer from "./customer.json";
import dialogs from "./dialogs.json";
import entrance from "./entrance.json";
import list from "./list.json";
import me from "./me.json";
import shell from "./shell.json";
import thread from "./thread.json";

export const areas = { admin, common, composer, customer, dialogs, entrance, list, me, shell, thread };
