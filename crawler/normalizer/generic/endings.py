"""How lines begin that follow an article and are not of it."""

ENDINGS = tuple(
    "转自： 转载自： 【版权 版权声明 版权及免责 版权所有 copyright © 免责声明 【免责 特别声明 郑重声明 "
    "声明： 责任编辑 （责任编辑 [责任编辑 【责任编辑 （责编 责编： [责编 （编辑： [编辑： 编辑： 校对： "
    "审核： 延伸阅读 相关阅读 推荐阅读 相关新闻： 相关链接： 上一篇： 下一篇：".split()
)
"""Credits, disclaimers, lists of other articles: the end wherever they stand."""
