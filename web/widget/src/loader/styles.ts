// The look of the launcher and of the panel around the frame. A constructed sheet: it needs no `style-src` of the site, and the
// site's own styles do not reach in here.

export const STYLES = `
:host{all:initial!important}
*{box-sizing:border-box}
.root{--accent:#17705a;--on:#fff;font:15px/1.4 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;color-scheme:light dark}
.root[data-theme=light]{color-scheme:light}
.root[data-theme=dark]{color-scheme:dark}
button{all:unset;box-sizing:border-box;cursor:pointer}
button:focus-visible{outline:3px solid #0b57d0;outline-offset:2px;box-shadow:0 0 0 2px #fff}
[hidden]{display:none!important}
.launcher,.panel,.preview{position:fixed;z-index:2147483000;right:20px}
.left .launcher,.left .panel,.left .preview{right:auto;left:20px}
.launcher{bottom:20px;width:56px;height:56px;border-radius:50%;display:grid;place-items:center;background:var(--accent);color:var(--on);box-shadow:0 4px 16px rgb(0 0 0/30%)}
.launcher:hover{filter:brightness(.94)}
svg{width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.badge{position:absolute;top:-4px;right:-4px;min-width:22px;height:22px;padding:0 6px;border-radius:11px;background:#b3261e;color:#fff;font-size:13px;font-weight:700;line-height:22px;text-align:center}
.panel{bottom:88px;width:390px;max-width:calc(100vw - 40px);height:640px;max-height:calc(100dvh - 108px);border-radius:16px;overflow:hidden;background:Canvas;box-shadow:0 8px 32px rgb(0 0 0/35%)}
iframe{display:block;width:100%;height:100%;border:0;color-scheme:inherit}
.preview{bottom:88px;max-width:min(300px,calc(100vw - 40px));display:flex;align-items:flex-start;border-radius:16px;background:Canvas;color:CanvasText;box-shadow:0 4px 16px rgb(0 0 0/30%)}
.preview .words{padding:12px 4px 12px 16px;overflow-wrap:anywhere;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:4;overflow:hidden}
[dir=rtl] .preview .words{padding:12px 16px 12px 4px}
.preview b{display:block;font-size:13px}
.preview .no{flex:none;width:36px;height:36px;display:grid;place-items:center}
.no svg{width:18px;height:18px}
@media (max-width:479px){
.panel{inset:0;left:0!important;right:0!important;width:100%;max-width:none;height:100dvh;max-height:none;border-radius:0}
.opened.ready .launcher{display:none}
.opened .launcher{z-index:2147483001}
}
@media print{.root{display:none}}
`;
